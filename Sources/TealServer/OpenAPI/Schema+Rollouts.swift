import TealAPI

extension Schema {
    /// What is asked of rollouts, how they stand, and their plans.
    static let rollouts: [Schema] = [
        Schema(
            "RolloutRequest",
            "What is asked of a rollout; the key named by kind holds the order.",
            [
                .init("kind", .cases(RolloutKind.self)),
                .init("deploy", .type("DeployOrder"), optional: true),
                .init("rollback", .type("RollbackOrder"), optional: true),
                .init("scale", .type("ScaleOrder"), optional: true),
                .init("options", .type("RolloutOptions")),
            ]
        ),
        Schema(
            "DeployOrder",
            "New releases of some services of a project; those without a change are left as they are.",
            [
                .init("project", .string),
                .init("environment", .string),
                .init("named", .list(.string)),
                .init("services", .list(.type("DeployService"))),
                .init("secrets", .map(.string)),
                .init("gitCommit", .string, optional: true),
                .init("neighbours", .list(.type("Neighbour")), optional: true),
                .init("hostImages", .boolean, optional: true),
                .init("upgrades", .list(.string), optional: true),
            ]
        ),
        Schema(
            "Neighbour",
            "A web service of the project's file, deployed now or not: others of the project may call it by name.",
            [.init("name", .string), .init("port", .integer, optional: true)]
        ),
        Schema(
            "DeployService",
            "One service as it is to run: its resolved specification and its artifact.",
            [
                .init("spec", .open),
                .init("artifactSHA256", .string, optional: true),
                .init("image", .string, optional: true),
                .init("commit", .string, optional: true),
                .init("assumed", .list(.string)),
            ]
        ),
        Schema(
            "RollbackOrder",
            "Back to a release that was recorded.",
            [
                .init("project", .string),
                .init("service", .string, optional: true),
                .init("release", .integer, optional: true),
                .init("withCurrentSecrets", .boolean),
            ]
        ),
        Schema(
            "ScaleOrder",
            "A release that changes nothing but how many replicas run, by service.",
            [.init("project", .string), .init("replicas", .map(.integer))]
        ),
        Schema(
            "RolloutOptions",
            "How a rollout is to be carried out.",
            [
                .init("force", .boolean),
                .init("waitSeconds", .number),
                .init("supersede", .boolean),
                .init("until", .cases(RolloutMoment.self)),
                .init("onCancel", .cases(CancelPolicy.self)),
                .init("author", .string),
                .init("createNetworks", .boolean, optional: true),
                .init("takePorts", .boolean, optional: true),
            ]
        ),
        Schema("AbortRequest", "Takes users back and ends a rollout.", [.init("author", .string)]),
        Schema(
            "ResumeRequest",
            "What a person says of a once-only step whose end could not be found.",
            [.init("decision", .cases(ResumeRequest.Decision.self)), .init("author", .string)]
        ),
        Schema(
            "RolloutView",
            "A rollout as it stands.",
            [
                .init("id", .string),
                .init("kind", .cases(RolloutKind.self)),
                .init("project", .string),
                .init("environment", .string),
                .init("author", .string),
                .init("startedAt", .number),
                .init("elapsedSeconds", .number),
                .init("services", .list(.type("RolloutService"))),
                .init("phase", .string, optional: true),
                .init("wait", .type("RolloutWait"), optional: true),
                .init("moments", .list(.type("ReachedMoment"))),
                .init("outcome", .type("RolloutOutcome")),
                .init("problem", .type("ProblemBody"), optional: true),
                .init("counters", .type("RolloutCounters")),
                .init("lastEvent", .integer),
                .init("back", .type("RolloutBack"), optional: true),
                .init("outages", .list(.type("OutageView")), optional: true),
                .init("gaps", .list(.type("AccessoryGap")), optional: true),
                .init("remaining", .list(.string), optional: true),
                .init("left", .list(.type("LeftAccessory")), optional: true),
            ]
        ),
        Schema(
            "RolloutService",
            "One service's part in a rollout.",
            [
                .init("service", .string),
                .init("from", .string, optional: true),
                .init("fromSlot", .string, optional: true),
                .init("to", .string),
                .init("toSlot", .string),
            ]
        ),
        Schema(
            "RolloutBack",
            "A rollout on its way back: whether no route leads to the new releases any more, and why it goes back.",
            [.init("usersAreBack", .boolean), .init("because", .string)]
        ),
        Schema(
            "RolloutWait",
            "What a rollout waits for, until when (seconds after it began), and who can end it.",
            [.init("waitingFor", .string), .init("untilSeconds", .number), .init("endedBy", .string)]
        ),
        Schema(
            "ReachedMoment",
            "When a rollout reached a moment, in seconds after it began.",
            [.init("moment", .cases(RolloutMoment.self)), .init("seconds", .number)]
        ),
        Schema(
            "RolloutOutcome",
            "Where a rollout stands on its way to an end.",
            [
                .init("state", .cases(RolloutOutcome.State.self)),
                .init("old", .list(.string)),
                .init("because", .string, optional: true),
                .init("next", .list(.string)),
            ]
        ),
        Schema(
            "RolloutCounters",
            "What a rollout has counted.",
            [
                .init("watchedReal", .integer),
                .init("watchedSynthetic", .integer),
                .init("drained", .integer),
                .init("cutRequests", .integer),
                .init("cutUpgraded", .integer),
            ]
        ),
        Schema("RolloutList", "Rollouts, newest first.", [.init("rollouts", .list(.type("RolloutView")))]),
        Schema(
            "RolloutEvent",
            "Something in a rollout that people are told; the data of a server-sent event.",
            [
                .init("sequence", .integer),
                .init("rollout", .string),
                .init("time", .number),
                .init("elapsedSeconds", .number),
                .init("kind", .cases(RolloutEvent.Kind.self)),
                .init("phase", .string, optional: true),
                .init("service", .string, optional: true),
                .init("text", .string),
                .init("moment", .cases(RolloutMoment.self), optional: true),
                .init("wait", .type("RolloutWait"), optional: true),
                .init("outcome", .type("RolloutOutcome"), optional: true),
                .init("usersAreBack", .boolean, optional: true),
            ]
        ),
        Schema(
            "PlanView",
            "What a rollout would do. Nothing was changed for it.",
            [
                .init("kind", .cases(RolloutKind.self)),
                .init("project", .string),
                .init("environment", .string),
                .init("services", .list(.type("PlannedService"))),
                .init("problems", .list(.type("ProblemBody"))),
                .init("warnings", .list(.string)),
                .init("stages", .list(.list(.string)), optional: true),
            ]
        ),
        Schema(
            "PlannedService",
            "What a rollout would do with one service; without a new release it is left as it is.",
            [
                .init("service", .string),
                .init("kind", .string),
                .init("strategy", .string),
                .init("from", .string, optional: true),
                .init("to", .string, optional: true),
                .init("slot", .string, optional: true),
                .init("content", .string),
                .init("contentChanged", .boolean),
                .init("image", .type("PlannedImage"), optional: true),
                .init("source", .type("PlannedSource"), optional: true),
                .init("configuration", .list(.string)),
                .init("environment", .type("PlannedKeys")),
                .init("secrets", .type("PlannedKeys")),
                .init("routes", .list(.string)),
                .init("routesChanged", .boolean),
                .init("replicas", .integer),
                .init("memoryBytesPerSlot", .integer, optional: true),
                .init("memoryBytesBothSlots", .integer, optional: true),
                .init("downtime", .string, optional: true),
                .init("assumed", .list(.string)),
                .init("health", .string, optional: true),
                .init("left", .type("LeftAccessory"), optional: true),
            ]
        ),
        Schema(
            "PlannedImage",
            "The image that a service would run, and how it was found.",
            [
                .init("reference", .string),
                .init("digest", .string),
                .init("found", .cases(PlannedImage.Found.self)),
                .init("because", .string, optional: true),
            ]
        ),
        Schema(
            "PlannedSource",
            "The commit that a service would run, and whether an artifact of it is on the host already.",
            [
                .init("repository", .string),
                .init("ref", .string),
                .init("commit", .string),
                .init("built", .boolean),
            ]
        ),
        Schema(
            "PlannedKeys",
            "How a set of names would change; never values.",
            [
                .init("added", .list(.string)),
                .init("changed", .list(.string)),
                .init("removed", .list(.string)),
                .init("unchanged", .list(.string)),
            ]
        ),
    ]
}

extension Schema.Kind {
    /// The raw values of an enum.
    static func cases<Value: CaseIterable & RawRepresentable<String>>(_: Value.Type) -> Self {
        .oneOf(Value.allCases.map(\.rawValue))
    }
}
