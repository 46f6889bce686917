/// Which address of a project's network is whose.
///
/// Of a `/24` the first address is the gateway's, `.2` to `.191` are Teal's to give, and the rest is the Engine's for
/// containers without a fixed address: once-only runs, and whatever a person puts into the network.
struct AddressBook: Hashable, Sendable {
    /// The length of a project's network.
    static let prefixLength = 24
    private static let own = 2...191
    private static let dynamicOffset = 192
    private static let dynamicLength = 26

    let subnet: IPv4Prefix
    var taken: Set<IPv4Address>

    init(subnet: IPv4Prefix, taken: Set<IPv4Address> = []) {
        self.subnet = subnet
        self.taken = taken
    }

    var gateway: IPv4Address { subnet.address(1) }
    /// Where the Engine takes addresses from by itself.
    var dynamic: IPv4Prefix { IPv4Prefix(subnet.address(Self.dynamicOffset), Self.dynamicLength) }

    /// Whether an address may be a replica's in this network.
    func mayGive(_ address: IPv4Address) -> Bool {
        subnet.contains(address) && Self.own.contains(Int(address.bits - subnet.network.bits))
    }

    /// The lowest address that nobody has; nil when all are given.
    func free() -> IPv4Address? {
        Self.own.lazy.map { subnet.address($0) }.first { !taken.contains($0) }
    }

    /// How many replicas a project may have on a host.
    static var placesMax: Int { own.count }
}
