import Foundation
import Synchronization
import TealLab
import Testing

/// The sample service's queue in a directory, fed with a job every few milliseconds.
final class JobQueue: Sendable {
    /// A job that was taken: when (by the file system's clock), and by which version.
    struct Taken: Sendable {
        let job: String
        let version: String
        let time: Double
    }

    let directory: String
    /// The version that dies while it works: a job that it has taken by then need not be logged.
    private let dying: String?
    private let fed = Mutex<Set<String>>([])

    init(_ lab: Lab, dying: String? = nil) throws {
        directory = lab.root + "/queue"
        self.dying = dying
        for name in ["todo", "done"] {
            try FileManager.default.createDirectory(atPath: "\(directory)/\(name)", withIntermediateDirectories: true)
        }
    }

    /// Feeds the queue while `body` runs, and waits until all of it has been done.
    func whileFeeding<Result>(_ body: () async throws -> Result) async throws -> Result {
        let feeder = Task {
            var number = 0
            // Bounded: five minutes at most.
            while !Task.isCancelled, number < 12_000 {
                number += 1
                let job = "job-\(number)"
                if FileManager.default.createFile(atPath: "\(directory)/todo/\(job)", contents: nil) {
                    fed.withLock { _ = $0.insert(job) }
                }
                try? await Task.sleep(for: .milliseconds(25))  // cancelled: that was the last one
            }
        }
        defer { feeder.cancel() }
        let result = try await body()
        feeder.cancel()
        await feeder.value
        // What is left then is lost, which `doneOnce` tells.
        _ = try? await until("the queue is empty and everything is logged", within: .seconds(20)) {
            let left = try FileManager.default.contentsOfDirectory(atPath: directory + "/todo")
            return try left.isEmpty && unlogged().subtracting(takenByDying()).isEmpty
        }
        return result
    }

    /// Lines of the log: job and version.
    private func log() -> [[Substring]] {
        // Not there: nothing was done.
        let text = (try? String(contentsOfFile: directory + "/log", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map { $0.split(separator: " ") }
    }

    private func unlogged() -> Set<String> {
        fed.withLock { $0 }.subtracting(log().compactMap(\.first).map(String.init))
    }

    private func takenByDying() throws -> Set<String> {
        guard let dying else { return [] }
        let names = try FileManager.default.contentsOfDirectory(atPath: directory + "/done")
        let taken = names.map { $0.split(separator: ".") }
        return Set(taken.filter { $0[1] == dying }.map { String($0[0]) })
    }

    /// Checks that each job was done once, and gives them in the order in which they were taken.
    func doneOnce(_ what: Comment? = nil) throws -> [Taken] {
        let counts = Dictionary(grouping: log().compactMap(\.first).map(String.init)) { $0 }.mapValues(\.count)
        let all = fed.withLock { $0 }
        let lost = try unlogged().subtracting(takenByDying())
        #expect(unlogged().count <= lost.count + 1, "one that dies has one in hand")
        #expect(lost.isEmpty && all.isSuperset(of: counts.keys), "lost: \(lost.sorted().prefix(5))")
        #expect(counts.values.allSatisfy { $0 == 1 }, what)
        return try FileManager.default.contentsOfDirectory(atPath: directory + "/done").map { name in
            var facts = stat()
            guard stat("\(directory)/done/\(name)", &facts) == 0 else { throw LabFailure("\(name) is gone") }
            let parts = name.split(separator: ".")
            // A rename is the last thing that changes it.
            let time = Double(facts.st_ctim.tv_sec) + Double(facts.st_ctim.tv_nsec) / 1e9
            return Taken(job: String(parts[0]), version: String(parts[1]), time: time)
        }.sorted { $0.time < $1.time }
    }
}

extension [JobQueue.Taken] {
    /// Versions in the order in which they worked, each stretch once: `["old", "new"]`.
    var stretches: [String] {
        reduce(into: []) { if $0.last != $1.version { $0.append($1.version) } }
    }
}
