import TealCore

/// A service's values together with the mapping that they were read from, for checks that name lines.
struct DecodedService {
    var spec: ServiceSpec
    let section: Section
    /// The fixed ports that could be read, by slot.
    let ports: [Slot: Int]
    /// Values of its secrets that came from its env files.
    let sealed: [String: Secret]
    /// Whether its strategy is the one that it will have, and no stand-in.
    let isStrategyKnown: Bool
    /// Where each of the routes is written, in the same order.
    let routeNodes: [ConfigurationNode?]
    /// Where each of the volumes is written, in the same order.
    let volumeNodes: [ConfigurationNode]
}
