import TealCore
import TealDriverKit

/// Something that happens by itself, or that a person or another tool does, at some moment.
enum Deed: String, CaseIterable, Sendable {
    case crashDaemon, crashProxy, crashRuntime, crashHost
    case proxyGivesNoAnswer, diskFills, proxyDiskFills
    case replicaDies, personStops, personRemoves, portIsTaken
    case imageVanishes, tableIsLost, wallClockJumps
    case daemonIsDoubted
    case runtimeSaysUnhealthy, personChanges

    /// Those that are drawn from one hat; the others have a chance of their own.
    static let common = allCases.filter { $0 != .daemonIsDoubted && !whims.contains($0) }
    /// Those of several hosts.
    static let shared = allCases.filter { !whims.contains($0) }
    private static let whims: [Deed] = [.runtimeSaysUnhealthy, .personChanges]
}

extension World {
    /// Does it, with the luck of this one deed.
    func happen(_ deed: Deed, luck given: SeededGenerator) {
        var luck = given
        note("\(deed.rawValue)")
        disturb()
        switch deed {
        case .crashDaemon: crash(.daemon, luck: &luck)
        case .crashProxy: crash(.proxy, luck: &luck)
        case .crashRuntime: crash(.runtime, luck: &luck)
        case .crashHost: crash(.host, luck: &luck)
        case .proxyGivesNoAnswer:
            proxy.isReachable = false
            after(luck.milliseconds(50...25_000)) { [unowned self] in proxyIsReachable() }
        case .diskFills:
            disk.isFull = true
            if luck.chance(50) { disk.reserve = luck.pick(0...10) }
            var patience = SeededGenerator(seed: SeededGenerator.mixed(luck.peek))
            let most = patience.chance(10) ? 400_000 : 40_000
            after(luck.milliseconds(50...most)) { [unowned self] in diskIsEmptied() }
        case .proxyDiskFills:
            proxy.isFull = true
            after(luck.milliseconds(50...40_000)) { [unowned self] in proxyDiskIsEmptied() }
        case .replicaDies: if let id = someReplica(&luck) { kill(id, code: 139, outOfMemory: luck.chance(30)) }
        case .personStops:
            guard let id = someReplica(&luck) else { return }
            // The runtime does not start again what somebody told it to stop.
            kill(id, code: 143, restarts: false)
        case .personRemoves: if let id = someReplica(&luck) { removeReplica(id, byTeal: false) }
        case .portIsTaken:
            guard let id = replicas.keys.sorted().filter({ replicas[$0]?.isRunning != true }).first else { return }
            takenPorts.insert(id)
            after(luck.milliseconds(1000...15_000)) { [unowned self] in portIsFree(id) }
        case .imageVanishes: loseContent(&luck)
        case .tableIsLost: proxy.loseStored()
        case .daemonIsDoubted: doubtDaemon(luck: &luck)
        case .runtimeSaysUnhealthy:
            if let id = someReplica(&luck) { saysUnhealthy(id, for: luck.milliseconds(500...12_000)) }
        case .personChanges:
            guard let id = someReplica(&luck) else { return }
            let drifts: [ReplicaDrift] = [.renamed(to: "mine"), .restartPolicy("always"), .disconnected]
            change(id, drifts[luck.pick(0...2)])
        case .wallClockJumps: wallShift += Double(luck.pick(-7200...7200))
        }
    }

    private func someReplica(_ luck: inout SeededGenerator) -> ReplicaID? {
        let running = replicas.filter(\.value.isRunning).keys.sorted()
        return running.isEmpty ? nil : running[luck.pick(0...running.count - 1)]
    }

    private func loseContent(_ luck: inout SeededGenerator) {
        let all = contents.union(registry).sorted()
        guard !all.isEmpty else { return }
        let content = all[luck.pick(0...all.count - 1)]
        contents.remove(content)
        registry.remove(content)
        audit.lostContents.insert(content)
        note("\(content) is gone")
    }

    func proxyIsReachable() {
        guard !proxy.isReachable else { return }
        proxy.isReachable = true
        proxyHeardAt = time
        audit.blindAt = time
        disturb()
    }

    func diskIsEmptied() {
        guard disk.isFull else { return }
        disk.isFull = false
        disk.reserve = ModelDisk.reserveMost
        audit.blindAt = time
        disturb()
    }

    func proxyDiskIsEmptied() {
        guard proxy.isFull else { return }
        proxy.isFull = false
        audit.blindAt = time
        disturb()
    }

    func portIsFree(_ id: ReplicaID) {
        guard takenPorts.remove(id) != nil else { return }
        disturb()
    }

    /// Ends whatever is wrong and does not end by itself.
    func heal() {
        setRates(.none)
        proxyIsReachable()
        diskIsEmptied()
        proxyDiskIsEmptied()
        for id in takenPorts { portIsFree(id) }
    }
}
