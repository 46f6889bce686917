import TealCore

/// A service's values together with the mapping that they were read from, for checks that name lines.
struct DecodedService {
    var spec: ServiceSpec
    let section: Section
    /// Where each of the routes is written, in the same order.
    let routeNodes: [ConfigurationNode?]
    /// Where each of the volumes is written, in the same order.
    let volumeNodes: [ConfigurationNode]
}
