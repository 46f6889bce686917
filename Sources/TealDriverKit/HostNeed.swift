/// Something that a release's containers need of their host, that somebody else makes, and that is not there.
package struct HostNeed: Hashable, Sendable, Codable {
    /// What is missing, such as `the network mas-network`, or why something cannot be as it is written.
    package let what: String
    /// The command that makes it, or what to change.
    package let next: String
    /// The network's name where it is a network, which ``ContainerRuntime/makeNetwork(_:)`` makes.
    package let network: String?

    package init(what: String, next: String, network: String? = nil) {
        self.what = what
        self.next = next
        self.network = network
    }
}
