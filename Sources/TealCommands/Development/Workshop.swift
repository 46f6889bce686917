package import TealCore

/// What `teal dev` has done on this machine, by parts that this library does without; the executable gives them.
///
/// What they throw is a `Problem`.
package struct Workshop: Sendable {
    @TaskLocal static var current: Workshop?

    /// Who has a port of this machine, for people; nil when it is free.
    let holder: @Sendable (HostPort) async -> String?
    /// Builds an image under a name, and gives its ID.
    let build: @Sendable (_ image: String, _ arguments: [String], _ dockerfile: String?) async throws -> String
    /// Starts the daemon of a home with a public address, and returns when it answers.
    let start: @Sendable (_ home: String, _ listen: String) async throws -> Void
    /// Ends everything of a home.
    let end: @Sendable (_ home: String, _ withVolumes: Bool, _ atOnce: Bool) async throws -> WorkshopEnd

    package init(
        holder: @escaping @Sendable (HostPort) async -> String?,
        build:
            @escaping @Sendable (_ image: String, _ arguments: [String], _ dockerfile: String?) async throws -> String,
        start: @escaping @Sendable (_ home: String, _ listen: String) async throws -> Void,
        end: @escaping @Sendable (_ home: String, _ withVolumes: Bool, _ atOnce: Bool) async throws -> WorkshopEnd
    ) {
        self.holder = holder
        self.build = build
        self.start = start
        self.end = end
    }

    /// The executable's.
    static func given() throws -> Workshop {
        guard let current else {
            throw Problem(
                "cli.no-daemon",
                "nothing has been changed: this build of teal has no daemon in it",
                next: ["Install teal as it is for servers, and type `teal dev` again"]
            )
        }
        return current
    }
}

/// What went when everything of a home was ended.
package struct WorkshopEnd: Hashable, Sendable, Encodable {
    /// Whether anything still ran.
    let wasUp: Bool
    let containers: [String]
    let networks: [String]
    let volumes: [String]
    /// Volumes that are left.
    let keptVolumes: [String]

    package init(wasUp: Bool, containers: [String], networks: [String], volumes: [String], keptVolumes: [String]) {
        self.wasUp = wasUp
        self.containers = containers
        self.networks = networks
        self.volumes = volumes
        self.keptVolumes = keptVolumes
    }
}
