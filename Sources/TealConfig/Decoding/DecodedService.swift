import TealCore

/// A service's values together with the mapping that they were read from, for checks that name lines.
struct DecodedService {
    var spec: ServiceSpec
    let section: Section

    /// Where a key is written, or the service itself when the key is not.
    func place(_ key: String) -> Place { section.node(key)?.keyPlace ?? section.place }
}
