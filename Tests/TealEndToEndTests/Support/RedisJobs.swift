import Foundation
import TealLab
import Testing

/// The sample service's queue in a Redis list, fed with a job every few milliseconds; what became of the jobs is read from
/// the commands that the server took.
struct RedisJobs {
    let redis: LabRedis
    let list: String
    private let stop: String

    init(_ redis: LabRedis, _ lab: Lab, list: String) {
        self.redis = redis
        self.list = list
        stop = "\(lab.root)/stop-\(list)"
    }

    /// Feeds the list while `body` runs, and waits until all of it has been done.
    ///
    /// - Parameters:
    ///   - pauseMs: How long after a job the next one comes, in milliseconds.
    ///   - body: What happens meanwhile.
    /// - Returns: What `body` gives.
    /// - Throws: What `body` does, or ``LabFailure`` when jobs are left.
    func whileFeeding<Result>(pauseMs: Int = 25, _ body: () async throws -> Result) async throws -> Result {
        let feeder = try redis.feed(list, "job", pauseMs: pauseMs, until: stop)
        func end() { _ = FileManager.default.createFile(atPath: stop, contents: nil) }
        defer { end() }
        let result = try await body()
        end()
        try await feeder.wait(within: .seconds(10))
        try await until("all of \(list) is done", within: .seconds(20)) {
            let lengths = try await redis.ask("LLEN", list) + redis.ask("LLEN", list + ":taken")
            return lengths == ["0", "0"]
        }
        return result
    }

    /// Checks that each job was done once, and gives them in the order in which they were done.
    func doneOnce(_ what: Comment? = nil) -> [JobQueue.Taken] {
        var fed: Set<String> = []
        var done: [String: Int] = [:]
        var all: [JobQueue.Taken] = []
        // A worker's last asking for a job is the one that gave it this job.
        var asked: [String: Double] = [:]
        for command in redis.commands() where command.words.count > 1 {
            switch (command.words[0].uppercased(), command.words[1]) {
            case ("RPUSH", list) where command.words.count > 2: fed.insert(command.words[2])
            case ("LMOVE", list): asked[command.client] = command.time
            case ("RPUSH", list + ":done") where command.words.count > 2:
                let parts = command.words[2].split(separator: " ").map(String.init)
                guard parts.count == 2 else { continue }
                done[parts[0], default: 0] += 1
                all.append(.init(job: parts[0], version: parts[1], time: asked[command.client] ?? command.time))
            default: break
            }
        }
        #expect(!fed.isEmpty, what)
        #expect(
            Set(done.keys) == fed,
            "\(what.map { "\($0): " } ?? "")lost: \(fed.subtracting(done.keys).sorted().prefix(5))"
        )
        #expect(done.values.allSatisfy { $0 == 1 }, what)
        return all
    }
}
