import TealCore

/// What the runtime remembers of a project's network.
struct NetworkRecord: Hashable, Sendable, Codable {
    var format = 1
    /// The network's name on its engine.
    var name: String
    var subnet: IPv4Prefix
    /// Whether its members reach the host alone, and not each other; nil in a record from before there were such.
    var keepsApart: Bool?

    var gateway: IPv4Address { AddressBook(subnet: subnet).gateway }
}
