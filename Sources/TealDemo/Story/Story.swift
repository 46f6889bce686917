/// The acts of the demo, in order.
enum Story {
    /// The share of requests that the release which is only bad under traffic answers with 500.
    static let badShare = "0.3"

    /// The first release, before there is any load.
    static let opening = act("v1", "the first release", .settled)

    /// What happens under load.
    static let acts = [
        act("v2", "a good release, while users are on the old one", .settled),
        act("v3", "never gets healthy", .kept(code: "deploy.health-timeout"), .init(name: "HEALTH", value: "never")),
        act(
            "v4",
            "healthy, but fails its smoke test",
            .kept(code: "deploy.smoke-failed"),
            .init(name: "SMOKE_FAIL", value: "1")
        ),
        act(
            "v5",
            "healthy, passes its smoke test, and fails under traffic",
            .reverted(code: "deploy.watch-failed"),
            .init(name: "ERRORS", value: badShare)
        ),
        Act(
            name: "rollback",
            title: "back to v1 by hand",
            verb: .rollback,
            variables: [],
            version: "v1",
            expected: .settled
        ),
    ]

    /// The release whose own errors are counted apart.
    static let badRelease = "v5"

    private static func act(_ name: String, _ title: String, _ expected: Act.Expected, _ extra: Act.Variable...) -> Act
    {
        Act(
            name: name,
            title: title,
            verb: .deploy,
            variables: [.init(name: "VERSION", value: name)] + extra,
            version: name,
            expected: expected
        )
    }
}
