import TealAPI

extension Schema {
    /// What is, and what is done to the host.
    static let host: [Schema] = [
        Schema(
            "VersionAnswer",
            "What the daemon is and speaks.",
            [
                .init("daemon", .string),
                .init("api", .list(.integer)),
                .init("protocols", .map(.integer)),
                .init("host", .string),
                .init("home", .string),
            ]
        ),
        Schema(
            "ProblemBody",
            "Problem details (RFC 9457); every error is answered so.",
            [
                .init("type", .string),
                .init("title", .string),
                .init("status", .integer),
                .init("detail", .string),
                .init("code", .string),
                .init("at", .list(.string)),
                .init("next", .list(.string)),
                .init("userImpact", .cases(UserImpact.self)),
            ]
        ),
        Schema(
            "StatusView",
            "What a host does now.",
            [
                .init("host", .string),
                .init("daemon", .string),
                .init("trafficSwitch", .string, optional: true),
                .init("publicEndpoint", .string, optional: true),
                .init("projects", .list(.type("ProjectStatus"))),
                .init("rollouts", .list(.type("RolloutView"))),
                .init("drift", .list(.string)),
            ]
        ),
        Schema(
            "ProjectStatus",
            "One project's services.",
            [
                .init("project", .string),
                .init("environment", .string),
                .init("services", .list(.type("ServiceStatus"))),
            ]
        ),
        Schema(
            "ServiceStatus",
            "How one service stands.",
            [
                .init("service", .string),
                .init("kind", .string),
                .init("active", .type("SlotStatus"), optional: true),
                .init("standby", .type("SlotStatus"), optional: true),
                .init("routes", .list(.type("RouteStatus"))),
                .init("requestsInFlight", .integer),
                .init("upgradedOpen", .integer),
                .init("drift", .list(.string)),
                .init("rollback", .type("RollbackPreview"), optional: true),
                .init("outages", .list(.type("OutageView")), optional: true),
                .init("stopped", .type("StopView"), optional: true),
            ]
        ),
        Schema(
            "OutageView",
            "A time in which users of a service had no answer, since none of its replicas could be reached, or since a port of the host passed from a container to the proxy.",
            [
                .init("service", .string),
                .init("began", .number),
                .init("seconds", .number),
                .init("isOver", .boolean),
                .init("port", .string, optional: true),
            ]
        ),
        Schema(
            "SlotStatus",
            "A release in a slot.",
            [
                .init("release", .string),
                .init("slot", .string),
                .init("since", .number, optional: true),
                .init("gitCommit", .string, optional: true),
                .init("image", .string, optional: true),
                .init("replicas", .list(.type("ReplicaStatus"))),
            ]
        ),
        Schema(
            "ReplicaStatus",
            "How one replica stands.",
            [
                .init("replica", .string),
                .init("phase", .string),
                .init("health", .cases(ReplicaStatus.Health.self)),
                .init("reason", .string, optional: true),
                .init("endpoint", .string, optional: true),
                .init("routed", .boolean),
                .init("restarts", .integer),
            ]
        ),
        Schema(
            "UsageView",
            "What replicas use of the host, over some seconds.",
            [
                .init("seconds", .number),
                .init("processors", .integer),
                .init("memoryBytes", .integer),
                .init("replicas", .list(.type("UsageOfReplica"))),
            ]
        ),
        Schema(
            "UsageOfReplica",
            "What one replica uses; 'processors' is how many were busy with it.",
            [
                .init("project", .string),
                .init("replica", .string),
                .init("release", .string),
                .init("isActive", .boolean),
                .init("processors", .number, optional: true),
                .init("memoryBytes", .integer, optional: true),
                .init("memoryBytesMax", .integer, optional: true),
                .init("processes", .integer, optional: true),
                .init("reason", .string, optional: true),
            ]
        ),
        Schema(
            "RouteStatus",
            "A route of a service; no hosts means every host name.",
            [
                .init("hosts", .list(.string)),
                .init("pathPrefix", .string),
                .init("internalOnly", .boolean),
                .init("port", .string, optional: true),
            ]
        ),
        Schema(
            "RollbackPreview",
            "What a rollback would do.",
            [
                .init("release", .string),
                .init("what", .string),
                .init("aboutSeconds", .number),
                .init("refusedBecause", .string, optional: true),
            ]
        ),
        Schema("ReleaseList", "Releases, newest first.", [.init("releases", .list(.type("ReleaseView")))]),
        Schema(
            "ReleaseView",
            "A release of a service as it is remembered.",
            [
                .init("release", .string),
                .init("number", .integer),
                .init("state", .cases(ReleaseView.State.self)),
                .init("because", .string, optional: true),
                .init("rollout", .string, optional: true),
                .init("createdAt", .number),
                .init("author", .string),
                .init("gitCommit", .string, optional: true),
                .init("content", .string),
                .init("replicas", .integer),
                .init("restorable", .boolean),
            ]
        ),
        Schema(
            "LogStreamLine",
            "One line of the log stream: an entry, a problem that ends it, or neither as a sign of life.",
            [.init("entry", .type("LogEntry"), optional: true), .init("problem", .type("ProblemBody"), optional: true)]
        ),
        Schema(
            "LogEntry",
            "A line that a replica wrote, with the values of known secrets masked.",
            [
                .init("time", .number),
                .init("service", .string),
                .init("release", .string),
                .init("replica", .string),
                .init("isError", .boolean),
                .init("text", .string),
            ]
        ),
        Schema(
            "AdoptRequest",
            "What is to be adopted: services that are looked for; with 'apply', the mark of a plan, it is done.",
            [
                .init("project", .string),
                .init("environment", .string),
                .init("named", .list(.string)),
                .init("services", .list(.open)),
                .init("neighbours", .list(.type("Neighbour"))),
                .init("containers", .map(.string)),
                .init("active", .map(.oneOf(["blue", "green"]))),
                .init("trust", .boolean),
                .init("apply", .string, optional: true),
                .init("author", .string),
            ]
        ),
        Schema(
            "AdoptView",
            "What was found that runs already, and what becomes of it.",
            [
                .init("project", .string),
                .init("environment", .string),
                .init("services", .list(.type("AdoptedServiceView"))),
                .init("absent", .list(.string)),
                .init("problems", .list(.type("ProblemBody"))),
                .init("mark", .string),
                .init("applied", .boolean),
                .init("warnings", .list(.string)),
            ]
        ),
        Schema(
            "AdoptedServiceView",
            "One service of an adoption.",
            [
                .init("service", .string),
                .init("kind", .string),
                .init("release", .string),
                .init("already", .boolean),
                .init("evidence", .list(.string)),
                .init("health", .string),
                .init("containers", .list(.type("AdoptedContainerView"))),
                .init("changes", .list(.string)),
                .init("later", .list(.string)),
                .init("gaps", .list(.string)),
                .init("notes", .list(.string)),
            ]
        ),
        Schema(
            "AdoptedContainerView",
            "A container that was found; 'environment' has names and no values.",
            [
                .init("name", .string),
                .init("id", .string),
                .init("release", .string),
                .init("slot", .string),
                .init("isActive", .boolean),
                .init("state", .string),
                .init("image", .string),
                .init("digest", .string),
                .init("address", .string, optional: true),
                .init("ports", .list(.string)),
                .init("networks", .list(.string)),
                .init("environment", .list(.string)),
                .init("restartPolicy", .string),
            ]
        ),
        Schema(
            "ExecRequest",
            "A command to run beside a replica of the active slot.",
            [
                .init("project", .string),
                .init("service", .string),
                .init("replica", .integer),
                .init("command", .list(.string)),
                .init("timeoutSeconds", .number),
                .init("hasInput", .boolean, optional: true),
            ]
        ),
        Schema(
            "ExecAnswer",
            "How a command ended, with its last lines.",
            [
                .init("replica", .string),
                .init("exitCode", .integer),
                .init("output", .list(.string)),
                .init("timedOut", .boolean),
            ]
        ),
        Schema(
            "ExecChunk",
            "One line of the outputs of a command: bytes, the end, a problem, or none of these as a sign of life.",
            [
                .init("output", .string, optional: true),
                .init("isError", .boolean, optional: true),
                .init("exitCode", .integer, optional: true),
                .init("timedOut", .boolean, optional: true),
                .init("problem", .type("ProblemBody"), optional: true),
            ]
        ),
        Schema(
            "AccessoryRequest",
            "Starts, stops or restarts accessories as they are.",
            [
                .init("project", .string),
                .init("services", .list(.string)),
                .init("action", .cases(AccessoryRequest.Action.self)),
                .init("apply", .boolean),
                .init("author", .string),
            ]
        ),
        Schema(
            "AccessoriesView",
            "What is done to accessories, or would be, in that order.",
            [
                .init("action", .cases(AccessoryRequest.Action.self)),
                .init("accessories", .list(.type("AccessoryView"))),
                .init("applied", .boolean),
            ]
        ),
        Schema(
            "AccessoryView",
            "What is done to one accessory, and who needs it.",
            [
                .init("service", .string),
                .init("release", .string),
                .init("isSo", .boolean),
                .init("neededBy", .list(.string)),
                .init("gapSeconds", .number, optional: true),
            ]
        ),
        Schema(
            "LeftAccessory",
            "An accessory that has changed and is left as it is, since nobody has agreed to its replacement.",
            [
                .init("service", .string),
                .init("release", .string),
                .init("changes", .list(.string)),
                .init("downtime", .string),
                .init("next", .string),
            ]
        ),
        Schema(
            "AccessoryGap",
            "For how long an accessory was away while a rollout replaced it.",
            [.init("service", .string), .init("seconds", .number), .init("isOver", .boolean)]
        ),
        Schema(
            "StopView",
            "Who stopped a service through Teal, and when.",
            [.init("by", .string), .init("at", .number)]
        ),
        Schema(
            "HealthRequest",
            "Which replicas are probed.",
            [.init("project", .string), .init("service", .string, optional: true)]
        ),
        Schema("HealthView", "What the replicas answered.", [.init("services", .list(.type("ServiceHealth")))]),
        Schema(
            "ServiceHealth",
            "One service's probes: replicas, then routes.",
            [
                .init("service", .string),
                .init("release", .string, optional: true),
                .init("probes", .list(.type("ProbeView"))),
            ]
        ),
        Schema(
            "ProbeView",
            "How one probe went.",
            [
                .init("target", .string),
                .init("passed", .boolean),
                .init("latencySeconds", .number, optional: true),
                .init("text", .string),
            ]
        ),
        Schema(
            "PruneRequest",
            "What may be removed, or its removal.",
            [.init("project", .string, optional: true), .init("apply", .boolean)]
        ),
        Schema(
            "PruneView",
            "What no rollback needs.",
            [.init("items", .list(.type("PruneItem"))), .init("applied", .boolean)]
        ),
        Schema(
            "PruneItem",
            "One thing that may be removed.",
            [.init("what", .string), .init("why", .string), .init("sizeBytes", .integer, optional: true)]
        ),
        Schema(
            "DoctorRequest",
            "Checks the host, and mends what it can: with fixes only those, in the words of their findings.",
            [.init("fix", .boolean), .init("fixes", .list(.string), optional: true)]
        ),
        Schema(
            "DoctorView",
            "What the checks found; after the fixes when they were carried out.",
            [.init("checks", .list(.type("DoctorCheck"))), .init("fixed", .boolean)]
        ),
        Schema(
            "DoctorCheck",
            "One check and what it found; of an invariant also whether it holds, and why that cannot be seen.",
            [
                .init("name", .string),
                .init("findings", .list(.type("DoctorFinding"))),
                .init("verdict", .cases(DoctorCheck.Verdict.self), optional: true),
                .init("because", .string, optional: true),
            ]
        ),
        Schema(
            "DoctorFinding",
            "Something that a check found.",
            [
                .init("severity", .cases(DoctorFinding.Severity.self)),
                .init("text", .string),
                .init("fix", .string, optional: true),
                .init("next", .list(.string)),
            ]
        ),
    ]
}
