import TealCore
import TealDriverKit
import TealEngine

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

    /// The daemon is thought dead, such as on a machine that is paused, or whose disk has lost the home's lock: another one
    /// is started beside it, and some time later it goes on, or has gone on all along.
    func doubtDaemon(luck: inout SeededGenerator) {
        guard let doubted = daemon, doubted.opening > 0 else { return }
        note("daemon \(doubted.number) is thought dead")
        if audit.isAheadOfJournal { audit.hasForgotten = true }
        daemon = nil
        formers.append(doubted)
        if luck.chance(75) {
            doubted.pause()
            after(luck.milliseconds(50...30_000)) { [unowned self] in
                guard doubted.isAlive else { return }
                note("daemon \(doubted.number) wakes up")
                doubted.wake()
            }
        }
        after(luck.milliseconds(20...4000)) { [unowned self] in if daemon == nil, hostIsUp { startDaemon() } }
    }

    /// A daemon reads the journal: from here on the home is its own.
    func takeHome(_ incarnation: Incarnation) -> JournalContents {
        let contents = disk.open()
        incarnation.opening = contents.epoch
        // One that was thought dead may have gone on without writing that down.
        audit.forgetUnwritten()
        for other in formers {
            other.isTakenOver()
            expectEnd(of: other)
        }
        audit.daemonDied()
        return contents
    }

    /// How long a daemon may take to find out that another one has taken over.
    private static let endLimit: Duration = .seconds(10)

    private func expectEnd(of former: Incarnation) {
        after(Self.endLimit) { [unowned self] in
            let isAwakeLongEnough = time - former.wokenAt >= Self.endLimit.nanoseconds
            // Real drivers give up waiting for an answer within seconds.
            let isWaiting = audit.hanging > 0
            if former.isPaused || former.isAlive && (!isAwakeLongEnough || isWaiting) { return expectEnd(of: former) }
            guard former.isAlive else { return }
            violate(.oneCoordinator, "daemon \(former.number) still runs, although another one has taken over")
        }
    }

    func endFormer(_ former: Incarnation, _ how: String) {
        guard former.isAlive else { return }
        note("daemon \(former.number) \(how)")
        former.die()
        formers.removeAll { $0 === former }
    }

    private func crashProxy(backIn delay: Duration) {
        guard proxy.isUp else { return }
        proxy.crash()
        after(delay) { [unowned self] in if hostIsUp { startProxy() } }
    }

    private func startProxy() {
        guard !proxy.isUp else { return }
        proxy.start()
        proxyStartedAt = time
        disturb()
        note("the proxy starts with table \(proxy.table.position)")
        for each in formers { each.tellProxyStarted() }
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
        audit.blindAt = time
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
        for each in formers { endFormer(each, "ends with the host") }
        endDaemon()
        disk.loseUnsynced(keeping: disk.unsyncedCount == 0 ? 0 : luck.pick(0...disk.unsyncedCount))
        if proxy.isUp { proxy.crash() }
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
