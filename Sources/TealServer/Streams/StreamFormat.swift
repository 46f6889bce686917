import NIOCore
import TealAPI
import TealCore

/// How the values of a stream are written.
protocol StreamFormat<Value>: Sendable {
    associatedtype Value: Sendable
    var contentType: String { get }
    func bytes(of value: Value) throws -> ByteBuffer
    /// What ends a stream that failed.
    func end(with problem: ProblemBody) throws -> ByteBuffer
    /// What a silent stream sends to show that it is alive.
    var heartbeat: ByteBuffer { get }
}

/// Rollout events as server-sent events (WHATWG HTML section 9.2.5).
struct EventFormat: StreamFormat {
    var contentType: String { "text/event-stream" }
    var heartbeat: ByteBuffer { ByteBuffer(string: ": alive\n\n") }

    func bytes(of event: RolloutEvent) throws -> ByteBuffer {
        var buffer = ByteBuffer(string: "id: \(event.sequence)\nevent: \(event.kind.rawValue)\ndata: ")
        var data = try JSONBody.bytes(of: event)
        buffer.writeBuffer(&data)
        buffer.writeString("\n\n")
        return buffer
    }

    func end(with problem: ProblemBody) throws -> ByteBuffer {
        var buffer = ByteBuffer(string: "event: problem\ndata: ")
        var data = try JSONBody.bytes(of: problem)
        buffer.writeBuffer(&data)
        buffer.writeString("\n\n")
        return buffer
    }
}

/// Log entries as one JSON object a line.
struct LogFormat: LineFormat {
    func bytes(of entry: LogEntry) throws -> ByteBuffer { try line(LogStreamLine(entry: entry)) }
    func end(with problem: ProblemBody) throws -> ByteBuffer { try line(LogStreamLine(problem: problem)) }
}

/// What happens in a build, as one JSON object a line.
struct BuildFormat: LineFormat {
    func bytes(of line: BuildStreamLine) throws -> ByteBuffer { try self.line(line) }
    func end(with problem: ProblemBody) throws -> ByteBuffer { try line(BuildStreamLine(problem: problem)) }
}

/// A JSON object a line, empty ones as signs of life.
protocol LineFormat: StreamFormat {}

extension LineFormat {
    var contentType: String { "application/x-ndjson" }
    var heartbeat: ByteBuffer { ByteBuffer(string: "{}\n") }

    func line(_ value: some Encodable & Sendable) throws -> ByteBuffer {
        var buffer = try JSONBody.bytes(of: value)
        buffer.writeString("\n")
        return buffer
    }
}
