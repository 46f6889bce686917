#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The containers and networks that belong to a home, which outlive the daemon; taken away with the `docker` command.
struct HouseholdContainers {
    let home: String
    let socket: String
    /// Where the command's words go.
    let log: String

    /// How long the command may take, in seconds.
    private static let limitSeconds = 30

    /// Removes all of them.
    func end() {
        // Nothing was asked of an engine without it.
        guard let text = try? String(contentsOfFile: home + "/docker/id", encoding: .utf8) else { return }
        let mark = text.filter { !$0.isWhitespace }
        let script = """
            docker ps --all --quiet --filter "label=teal.home=$1" | xargs --no-run-if-empty docker rm --force --volumes
            docker network ls --quiet --filter "label=teal.home=$1" | xargs --no-run-if-empty docker network rm
            grep --recursive --only-matching --no-filename --extended-regexp 'teal/demo/[a-z]+:[0-9a-f-]+' "$2" |
                xargs --no-run-if-empty docker rmi --no-prune
            """
        var environment = ProcessInfo.processInfo.environment
        environment["DOCKER_HOST"] = "unix://" + socket
        let child = try? Child.start(
            "docker",
            program: "/bin/sh",
            arguments: ["-c", script, "sh", mark, home + "/docker/releases"],
            environment: environment,
            directory: "/",
            log: log
        )
        // What is left carries the home's mark and can be seen with `docker ps`.
        _ = child?.end(within: Self.limitSeconds)
    }
}
