import Synchronization

/// Jobs as a Redis list: `LMOVE list list:taken LEFT RIGHT`, then `RPUSH list:done "<job> <version>"`.
///
/// A job that its worker did not live to finish stays in `list:taken`. Connects when it is first needed and again
/// after an error.
final class RedisQueue: JobSource {
    /// The most that one command may take, in seconds.
    static let limitSeconds = 5

    private let host: String
    private let port: Int
    private let list: String
    private let version: String
    private let socket = Mutex<BlockingSocket?>(nil)

    init(host: String, port: Int, list: String, version: String) {
        self.host = host
        self.port = port
        self.list = list
        self.version = version
    }

    func take() throws(JobError) -> String? {
        switch try ask("LMOVE", list, list + ":taken", "LEFT", "RIGHT") {
        case .text(let job): return job
        case .null: return nil
        case let other: throw .protocolBroken("\(other)")
        }
    }

    func finish(_ job: String) throws(JobError) {
        _ = try ask("RPUSH", list + ":done", "\(job) \(version)")
        _ = try ask("LREM", list + ":taken", "1", job)
    }

    private func ask(_ words: String...) throws(JobError) -> RedisReply {
        try socket.withLock { socket throws(JobError) in
            do throws(JobError) {
                if socket == nil { socket = try BlockingSocket(host: host, port: port, limit: Self.limitSeconds) }
                let reply = try Self.exchange(RedisReply.command(words), over: &socket)
                if case .error(let message) = reply { throw JobError.protocolBroken(message) }
                return reply
            } catch {
                socket = nil
                throw error
            }
        }
    }

    private static func exchange(_ command: String, over socket: inout BlockingSocket?) throws(JobError) -> RedisReply {
        try socket?.write(command)
        var bytes: [UInt8] = []
        while true {
            if let found = try RedisReply.parse(bytes) { return found.reply }
            guard let more = try socket?.read(), !more.isEmpty else { throw .connection("closed by Redis") }
            bytes += more
        }
    }
}
