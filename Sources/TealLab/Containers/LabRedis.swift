import Foundation
import Synchronization
import TealAPI
import TealCore

/// A Redis in the project's network, run as an accessory, whose every command is written down as it comes.
package final class LabRedis: Sendable {
    /// A command as the server took it.
    package struct Command: Hashable, Sendable {
        /// Seconds since 1970, by the server.
        package let time: Double
        /// The client's address and port.
        package let client: String
        package let words: [String]
    }

    /// The replica that it is.
    package static let place = "redis-blue-0"
    /// What services of the project write for it.
    package static let address = "redis:6379"

    private let host: String
    private let log: String
    private let lab: Lab
    private static let client = "/usr/bin/redis-cli"

    private init(_ lab: Lab, host: String) {
        self.lab = lab
        self.host = host
        log = lab.root + "/redis.log"
    }

    /// Deploys it and begins to write down.
    package static func deploy(in lab: Lab) async throws -> LabRedis {
        guard let socket = lab.runtime.socket else { throw LabFailure("there is no engine") }
        try await ProgramImage.redis.build(on: socket)
        var spec = ServiceSpec(
            name: try ServiceName(parsing: "redis"),
            kind: .accessory,
            source: .image(ProgramImage.redis.name)
        )
        spec.port = 6379
        spec.strategy = .recreate
        spec.health = HealthGate(check: .tcp)
        let view = try await lab.end(of: lab.begin([spec]).id)
        guard view.outcome.state == .settled else { throw LabFailure("Redis does not run: \(view)") }
        return try await follow(in: lab)
    }

    /// Begins to write down what a Redis is asked that was deployed as the service `redis`.
    package static func follow(in lab: Lab) async throws -> LabRedis {
        guard let host = try lab.container(place).addresses.first else { throw LabFailure("\(place) has no address") }
        let redis = LabRedis(lab, host: host)
        let monitor = try Child([client, "-h", host, "monitor"], output: redis.log)
        lab.state.withLock { $0.loads.append(monitor) }
        try await until("the first line of \(redis.log)") {
            // What workers ask follows at once.
            try String(contentsOfFile: redis.log, encoding: .utf8).hasPrefix("OK\n")
        }
        return redis
    }

    /// Sends a command and gives the answer's lines.
    package func ask(_ words: String...) async throws -> [String] {
        try await Child.output(of: [Self.client, "-h", host, "--raw"] + words)
            .split(separator: "\n").map(String.init)
    }

    /// Adds `<prefix>-1`, `<prefix>-2`… to a list, until the file `stop` is there or 12 000 have been added.
    ///
    /// - Parameters:
    ///   - list: The list.
    ///   - prefix: What jobs are called.
    ///   - pauseMs: How long after a job the next one comes, in milliseconds.
    ///   - stop: The path of the file.
    /// - Returns: The process that adds; it belongs to the lab.
    /// - Throws: ``LabFailure`` when it does not start.
    package func feed(_ list: String, _ prefix: String, pauseMs: Int = 25, until stop: String) throws -> Child {
        let script = """
            i=0
            while [ ! -e '\(stop)' ] && [ $i -lt 12000 ]; do
                i=$((i + 1)); echo "RPUSH \(list) \(prefix)-$i"; sleep \(Double(pauseMs) / 1000)
            done | \(Self.client) -h \(host) >/dev/null
            """
        let feeder = try Child(["/bin/sh", "-c", script], output: "\(lab.root)/feeder.log")
        lab.state.withLock { $0.loads.append(feeder) }
        return feeder
    }

    /// Every command so far, in the server's order.
    package func commands() -> [Command] {
        // Not there: nothing was asked.
        let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { line in
            // 1700000000.123456 [0 10.213.0.3:40000] "RPUSH" "jobs" "job-1"
            let parts = line.split(separator: " ", maxSplits: 3)
            guard parts.count == 4, let time = Double(parts[0]), parts[2].hasSuffix("]") else { return nil }
            let words = parts[3].split(separator: "\"", omittingEmptySubsequences: false).enumerated()
                .filter { $0.offset % 2 == 1 }.map { String($0.element) }
            return Command(time: time, client: String(parts[2].dropLast()), words: words)
        }
    }
}
