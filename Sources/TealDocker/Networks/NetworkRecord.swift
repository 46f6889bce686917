import TealCore

/// What the runtime remembers of a project's network.
struct NetworkRecord: Hashable, Sendable, Codable {
    var format = 1
    /// The network's name on its engine.
    var name: String
    var subnet: IPv4Prefix

    var gateway: IPv4Address { AddressBook(subnet: subnet).gateway }
}
