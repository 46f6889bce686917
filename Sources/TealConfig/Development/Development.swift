import TealCore

/// How services are worked on by `teal dev`, beside what is written for their releases.
package struct Development: Hashable, Sendable {
    /// What stands in a service for it.
    static let key = "dev"
    /// The environment whose values apply; a constant that is fit.
    static let environment = try? EnvironmentName(parsing: "development")

    /// A profile of Compose files that is enabled besides, or a group; nil for none.
    package let profile: String?

    package init(profile: String? = nil) { self.profile = profile }

    /// The variables with the profile among those that Compose files are read with.
    func adding(to variables: [String: String]) -> [String: String] {
        guard let profile else { return variables }
        let others = variables["COMPOSE_PROFILES"].flatMap { $0.isEmpty ? nil : $0 }
        return variables.merging(["COMPOSE_PROFILES": [others, profile].compactMap(\.self).joined(separator: ",")]) {
            $1
        }
    }

    /// The profiles that a file names, with the profile; nil where it names none.
    func adding(to profiles: [String]?) -> [String]? { profiles.map { $0 + (profile.map { [$0] } ?? []) } }
}

extension Development {
    /// How long a service may take until it listens: it may have to fetch and to compile first.
    private static let startLimit: Duration = .seconds(600)

    /// Gives what nobody has written for it yet the values for work: nothing is watched, kept or waited for after a change.
    static func ease(_ spec: inout ServiceSpec) {
        spec.drain.requests = .seconds(1)
        spec.drain.upgraded = .zero
        spec.watch.window = .zero
        spec.watch.warmUp = .zero
        // An answer that says what is wrong is one to work with, and a watch command may begin anew at any moment.
        spec.watch.asksNothing = true
        spec.keep.releases = 1
    }

    /// The same for its gate: it listens, and that is enough.
    static func ease(_ gate: inout HealthGate) {
        gate.passes = 1
        gate.deadline = max(gate.deadline, startLimit)
    }

    /// A command that is run in a directory of the person's, whose copy it would be run in otherwise.
    ///
    /// - Returns: `["/bin/sh", "-c", "cd -- \"$0\" && exec \"$@\"", directory] + command`.
    static func command(_ command: [String], in directory: String) -> [String] {
        command.isEmpty ? [] : ["/bin/sh", "-c", #"cd -- "$0" && exec "$@""#, directory] + command
    }
}
