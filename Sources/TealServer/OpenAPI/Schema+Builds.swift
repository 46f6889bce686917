import TealAPI

extension Schema {
    /// Builds of sources.
    static let builds: [Schema] = [
        Schema(
            "BuildRequest",
            "A service's sources to be built on the host.",
            [
                .init("project", .string),
                .init("environment", .string),
                .init("service", .string),
                .init("source", .open),
                .init("commit", .string, optional: true),
                .init("secrets", .map(.string)),
                .init("again", .boolean, optional: true),
            ]
        ),
        Schema(
            "BuildStreamLine",
            "One line of the stream of a build: an event, the result or a problem that ends it, or a sign of life.",
            [
                .init("event", .type("BuildEvent"), optional: true),
                .init("result", .type("BuildResult"), optional: true),
                .init("problem", .type("ProblemBody"), optional: true),
            ]
        ),
        Schema(
            "BuildEvent",
            "Something that happens in a build.",
            [
                .init("kind", .cases(BuildEvent.Kind.self)),
                .init("service", .string),
                .init("elapsedSeconds", .number),
                .init("text", .string),
            ]
        ),
        Schema(
            "BuildResult",
            "What a build has made, or an earlier one of the same.",
            [
                .init("service", .string),
                .init("repository", .string),
                .init("ref", .string),
                .init("commit", .string),
                .init("artifactSHA256", .string),
                .init("sizeBytes", .integer, optional: true),
                .init("built", .boolean),
                .init("elapsedSeconds", .number),
            ]
        ),
    ]
}
