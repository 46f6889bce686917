package import TealCore
package import TealDriverKit

extension DockerRuntime {
    package func listeners(of replica: ReplicaID) async throws(RuntimeError) -> ListenerReport {
        guard let record = try home.record(of: replica) else { throw .noSuchReplica(replica) }
        let container = try await container(of: replica)
        guard let pid = container.pid, container.isLive else { return .init(owner: .nobody, ownPorts: []) }
        // One that is in several networks is asked at the address that Teal gave it, one in the host's own at loopback.
        let seen = container.networks.values.lazy.compactMap { IPv4Address(parsing: $0.address) }.first
        let own = container.written == nil ? seen ?? record.address : record.address ?? seen
        let address = own ?? .loopback
        // One that somebody else made may publish several.
        let published =
            record.adopted?.container == container.id
            ? (record.adopted?.network == nil ? record.endpoint?.port : nil) : container.reachedAt
        return await Self.offPool {
            ContainerListeners(container: container.id, pid: pid, address: address, port: record.port)
                .report(publishedAt: published)
        }
    }
}

/// Who listens on a container's port, seen from the host.
struct ContainerListeners: Sendable {
    let container: String
    let pid: Int
    let address: IPv4Address
    let port: Int

    /// Blocks for some milliseconds.
    ///
    /// - Parameter host: The port of the host's loopback that leads to the container; nil for none.
    /// - Returns: Who would take a connection, and where the container's own processes listen.
    func report(publishedAt host: Int?) -> ListenerReport {
        guard let table = HostProcesses.sockets(seenBy: pid) else { return .init(owner: .unknown, ownPorts: []) }
        let own = ownInodes()
        let ownPorts = own.map { own in
            Set(table.listeners.filter { own.contains($0.inode) }.map(\.port)).sorted()
        }
        // One that cannot be seen, as without root, is the engine's own: it says that it has published the port.
        if let host, case .other(let pid, let name) = HostListeners.owner(of: host), pid != nil {
            return .init(owner: .other(pid: pid, name: name), ownPorts: ownPorts ?? table.ports)
        }
        let takers = table.takers(of: address, port)
        guard !takers.isEmpty else { return .init(owner: .nobody, ownPorts: ownPorts ?? table.ports) }
        // Whose sockets they are cannot be seen without rights; the network is the replica's alone all the same.
        guard let own, let ownPorts else { return .init(owner: .replica, ownPorts: table.ports) }
        let foreign = Set(takers.map(\.inode)).subtracting(own)
        if foreign.isEmpty { return .init(owner: .replica, ownPorts: ownPorts) }
        let holder = HostProcesses.holder(of: foreign)
        return .init(owner: .other(pid: holder?.pid, name: holder?.name), ownPorts: ownPorts)
    }

    /// The sockets of the container's processes; nil when they cannot be seen.
    private func ownInodes() -> Set<String>? {
        let members = Set(HostProcesses.members(of: container) + [pid])
        var found: Set<String> = []
        var sawAny = false
        for member in members {
            guard let inodes = HostProcesses.inodes(of: member) else { continue }
            sawAny = true
            found.formUnion(inodes)
        }
        return sawAny ? found : nil
    }
}
