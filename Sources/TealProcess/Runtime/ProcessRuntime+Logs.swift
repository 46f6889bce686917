package import TealCore
package import TealDriverKit
import TealShimWire

extension ProcessRuntime {
    /// How many parts of a log a shim keeps.
    private static let logParts = 3

    package func logTail(of replica: ReplicaID, linesMax: Int) async throws(RuntimeError) -> [LogLine] {
        try await threads.run { [home] () throws(RuntimeError) in
            let files = home.files(of: replica)
            guard Files.exists(files.directory) else { throw .noSuchReplica(replica) }
            return try mapped { () throws(SystemError) in
                try LogTail.read(files, parts: Self.logParts, linesMax: max(linesMax, 0)).lines
            }
        }
    }

    package func followLog(of replica: ReplicaID, linesMax: Int) -> AsyncThrowingStream<LogLine, any Error> {
        let (stream, continuation) = AsyncThrowingStream.makeStream(
            of: LogLine.self,
            bufferingPolicy: .bufferingNewest(10_000)
        )
        // Ended by the stream's own end: the consumer stops, or the replica is removed.
        let task = Task { [home, threads] in
            do {
                let files = home.files(of: replica)
                guard Files.exists(files.spec) else { throw RuntimeError.noSuchReplica(replica) }
                var (follow, lines) = try await threads.run { () throws(RuntimeError) in
                    try mapped { () throws(SystemError) in
                        var follow = LogFollow(files)
                        let lines = try follow.begin(parts: Self.logParts, linesMax: max(linesMax, 0))
                        return (follow, lines)
                    }
                }
                while true {
                    for line in lines { continuation.yield(line) }
                    try await Task.sleep(for: LogFollow.lookEvery)
                    let before = follow
                    let next = try await threads.run { () throws(RuntimeError) in
                        try mapped { () throws(SystemError) in
                            var follow = before
                            return (try follow.next(), follow)
                        }
                    }
                    guard let found = next.0 else { break }
                    (lines, follow) = (found, next.1)
                }
                continuation.finish()
            } catch is CancellationError {
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
        continuation.onTermination = { _ in task.cancel() }
        return stream
    }
}
