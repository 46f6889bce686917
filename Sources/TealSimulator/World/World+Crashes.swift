import TealCore
import TealDriverKit

/// What crashes, and how it comes back.
extension World {
    func crash(_ victim: Victim, luck: inout SeededGenerator) {
        guard hostIsUp else { return }
        note("crash of the \(victim.rawValue)")
        disturb()
        switch victim {
        case .daemon: crashDaemon(backIn: luck.milliseconds(50...800))
        case .proxy: crashProxy(backIn: luck.milliseconds(60...500))
        case .runtime: crashRuntime(backIn: luck.milliseconds(200...6000))
        case .host: crashHost(backIn: luck.milliseconds(500...4000), luck: &luck)
        }
    }

    private func crashDaemon(backIn delay: Duration) {
        endDaemon()
        after(delay) { [unowned self] in if daemon == nil, hostIsUp { startDaemon() } }
    }

    func endDaemon() {
        guard let daemon else { return }
        // What was done and could not be written down is not known any more: the last written state holds again.
        if audit.isAheadOfJournal { audit.hasForgotten = true }
        self.daemon = nil
        daemon.die()
        audit.daemonDied()
    }

    private func crashProxy(backIn delay: Duration) {
        guard proxy.isUp else { return }
        proxy.crash()
        audit.cutsFailed = true
        after(delay) { [unowned self] in if hostIsUp { startProxy() } }
    }

    private func startProxy() {
        guard !proxy.isUp else { return }
        proxy.start()
        proxyStartedAt = time
        disturb()
        note("the proxy starts with table \(proxy.table.position)")
        daemon?.tellProxyStarted()
    }

    private func crashRuntime(backIn delay: Duration) {
        guard runtimeIsUp else { return }
        runtimeIsUp = false
        if !keepsReplicas { for id in replicas.keys.sorted() { kill(id, code: 137, restarts: false) } }
        after(delay) { [unowned self] in if hostIsUp { startRuntime() } }
    }

    private func startRuntime() {
        guard !runtimeIsUp else { return }
        runtimeIsUp = true
        note("the runtime is back")
        disturb()
        restartEnded()
    }

    /// What has a restart policy and ended with the runtime or the host starts again.
    private func restartEnded() {
        for id in replicas.keys.sorted() {
            guard let replica = replicas[id], replica.policy == .unlessStopped, !replica.isRunning else { continue }
            guard case .exited = replica.phase else { continue }
            restart(id)
        }
    }

    private func crashHost(backIn delay: Duration, luck: inout SeededGenerator) {
        hostIsUp = false
        endDaemon()
        disk.loseUnsynced(keeping: disk.unsyncedCount == 0 ? 0 : luck.pick(0...disk.unsyncedCount))
        if proxy.isUp { proxy.crash() }
        audit.cutsFailed = true
        for id in replicas.keys.sorted() { kill(id, code: 137, restarts: false) }
        for (name, once) in onces where once.endsAt > time { onces[name]?.isLost = true }
        runtimeIsUp = false
        after(delay) { [unowned self] in
            note("the host has booted")
            boots += 1
            bootedAt = time - 500_000_000
            hostIsUp = true
            runtimeIsUp = true
            disturb()
            startProxy()
            if restartsAtBoot { restartEnded() }
            startDaemon()
        }
    }
}
