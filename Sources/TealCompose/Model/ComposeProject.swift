/// Compose files after everything that the specification does to them: merged, filled in, normalised and checked.
package struct ComposeProject: Hashable, Sendable {
    package let name: String
    /// The directory that relative paths began at; absolute.
    package let directory: String
    /// The files that were read, in their order, without included ones; absolute, `-` for standard input.
    package let files: [String]
    /// The profiles that were asked for.
    package let profiles: [String]
    /// The services that the profiles enable.
    package internal(set) var services: [String: ComposeService]
    /// The services that no profile enables.
    package let disabledServices: [String: ComposeService]
    package internal(set) var networks: [String: ComposeNetwork]
    package internal(set) var volumes: [String: ComposeVolume]
    package internal(set) var secrets: [String: ComposeFileObject]
    package internal(set) var configs: [String: ComposeFileObject]
    package internal(set) var models: [String: ComposeModel]
    /// Keys of the files that begin with `x-`, such as `x-teal`.
    package let extensions: [String: JSONValue]
    /// Where everything was written.
    package let places: ComposePlaces
    /// Variables that nothing came of, by the place of the value that they were to fill.
    let emptyVariables: [SourcePlace: [String]]
}

extension ComposeProject {
    /// The project in the form of the reference implementation's JSON.
    ///
    /// As there, `x-` keys are written at the top level only, and models not at all.
    package var json: JSONValue {
        JSONFields {
            for (key, value) in extensions { $0.always(key, value) }
            $0.always("name", .string(name))
            $0.always("services", .object(services.mapValues(\.json)))
            $0.add("networks", networks)
            $0.add("volumes", volumes)
            $0.add("secrets", secrets)
            $0.add("configs", configs)
        }
        .value
    }
}
