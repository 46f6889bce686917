import Foundation
import Synchronization
import TealCore

/// Processes of the lab, by pid.
extension Lab {
    /// Every process that belongs to the lab, but for this one.
    package func processes() -> [SeenProcess] { ProcessTable.processes(below: root) }

    /// The proxy's pid; nil when none runs.
    package var proxyPid: Int32? {
        processes().first { $0.name == "teal-proxy" && $0.words.contains(home + "/proxy") }?.pid
    }

    /// The shims that hold replicas, by the replica's name, such as `web-blue-0`.
    package var shimPids: [String: Int32] {
        var found: [String: Int32] = [:]
        for process in processes() where process.name == "teal-shim" && process.words.count > 2 {
            // Its last argument is the replica's directory.
            if process.words[1] == "run", let place = process.words.last?.split(separator: "/").last {
                found[String(place)] = process.pid
            }
        }
        return found
    }

    /// The names of the replicas that run, such as `web-blue-0`.
    package var running: Set<String> {
        guard runtime.socket != nil else { return Set(shimPids.keys) }
        return Set(containers.filter(\.isRunning).compactMap(\.replica))
    }

    /// What must die for a replica to be gone, by the replica's name: its shim, or the first process of its container.
    package var holders: [String: Int32] {
        runtime.socket == nil ? shimPids : replicaPids.compactMapValues(\.first)
    }

    /// The processes that shims hold, or the first ones of containers, by the replica's name.
    package var replicaPids: [String: [Int32]] {
        guard runtime.socket == nil else {
            let named = containers.filter(\.isRunning).compactMap { found in found.replica.map { ($0, [found.pid]) } }
            return Dictionary(named) { $0 + $1 }
        }
        let all = processes()
        return shimPids.mapValues { shim in all.filter { $0.parent == shim }.map(\.pid) }
    }

    /// Looks for what is not as it is to be when nothing is under way.
    ///
    /// Those that belong here are one daemon, one proxy, load, and of each replica a shim with what it has started.
    ///
    /// - Parameter places: The replicas that are to run, such as `web-blue-0`, and no others.
    /// - Returns: One line for each that is lacking or too many.
    package func strangers(besides places: Set<String>) -> [String] {
        let all = processes()
        guard runtime.socket == nil else { return containersOut(of: places) + strange(all) }
        let shims = shimPids
        var known = state.withLock { Set($0.loads.map(\.pid)) }
        if let daemonPid { known.insert(daemonPid) }
        if let proxyPid { known.insert(proxyPid) }
        known.formUnion(nginxPids)
        var lacking: [String] = []
        for place in places.sorted() {
            guard let shim = shims[place] else {
                lacking.append("no shim holds \(place)")
                continue
            }
            var tree: Set<Int32> = [shim]
            // In the order of their pids a child may come before its parent.
            for _ in all { tree.formUnion(all.filter { tree.contains($0.parent) }.map(\.pid)) }
            if tree.count == 1 { lacking.append("the shim of \(place) holds nothing") }
            known.formUnion(tree)
        }
        return lacking
            + all.filter { !known.contains($0.pid) }.map {
                "\($0.pid) of \($0.parent): \($0.words.joined(separator: " "))"
            }
    }

    /// Processes besides daemon, proxy, and loads with what they started.
    private func strange(_ all: [SeenProcess]) -> [String] {
        var known = state.withLock { Set($0.loads.map(\.pid)) }
        // In the order of their pids a child may come before its parent.
        for _ in all { known.formUnion(all.filter { known.contains($0.parent) }.map(\.pid)) }
        known.formUnion([daemonPid, proxyPid].compactMap { $0 })
        known.formUnion(nginxPids)
        return all.filter { !known.contains($0.pid) }.map {
            "\($0.pid) of \($0.parent): \($0.words.joined(separator: " "))"
        }
    }

    /// Ends a process of the lab and waits until it is gone.
    ///
    /// - Throws: ``LabFailure`` when `pid` does not belong to the lab.
    package func killProcess(_ pid: Int32, _ signal: Int32 = SIGKILL) async throws {
        func isThere() -> Bool {
            if runtime.socket != nil, replicaPids.values.contains([pid]) { return true }
            return processes().contains { $0.pid == pid }
        }
        guard isThere() else { throw LabFailure("process \(pid) is none of \(root)") }
        Foundation.kill(pid, signal)
        try await until("the end of process \(pid)") { !isThere() }
    }

    /// Ends daemon, shims, replicas and proxy, as a loss of power would.
    ///
    /// The load goes on.
    package func killEverything() async throws {
        try await killDaemon()
        let loads = state.withLock { Set($0.loads.map(\.pid)) }
        try await until("the end of all processes") {
            let left = processes().filter { !loads.contains($0.pid) }
            for process in left { Foundation.kill(process.pid, SIGKILL) }
            return left.isEmpty
        }
    }
}
