import TealCore

/// What the runtime remembers of a project's network.
struct NetworkRecord: Hashable, Sendable, Codable {
    var format = 1
    /// The network's name on its engine.
    var name: String
    var subnet: IPv4Prefix
    /// The services whose names lead to the gateway, as a start said them last; once-only runs have the same.
    var neighbours: [ServiceName] = []

    var gateway: IPv4Address { AddressBook(subnet: subnet).gateway }
}
