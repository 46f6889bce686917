import TealCore

/// All that a shim needs to run a process: prepared by the runtime, read by the shim, kept as a file of mode 0600.
///
/// The file is a row of `name=value` entries, each ended by NUL, the first `teal-spec=<version>`. Names that a reader
/// does not know are ignored; `argument` and `environment` may repeat.
package struct LaunchSpec: Hashable, Sendable {
    /// The version that is written; this one and the one before are read.
    package static let version = 1
    /// The largest spec file, in bytes.
    package static let bytesMax = 4 << 20

    /// The release's qualified name, or the name of a once-only run.
    package var release: String
    /// The hash of what the release runs from; so that no content in use is pruned.
    package var content: String
    /// Names the one launch that this spec is for; empty for any number of them.
    ///
    /// A shim that comes late, because whoever asked for it died, must not start what was stopped meanwhile.
    package var launch: String = ""
    /// An absolute path.
    package var program: String
    package var arguments: [String]
    /// Each `NAME=value`, whole: nothing is inherited.
    package var environment: [String]
    package var directory: String
    package var address: String = "127.0.0.1"
    /// 0 for none.
    package var port: Int = 0
    package var stopSignal: Int32 = 15
    package var graceMilliseconds: Int64 = 10_000
    /// What the process tree may have resident together, shared pages counted once; nil for no limit.
    package var memoryBytesMax: Int?
    package var logBytesMax: Int = 10 << 20
    /// How many parts of the log are kept, the present one included.
    package var logParts: Int = 3
    /// Of a once-only run: how long it may take.
    package var timeoutMilliseconds: Int64 = 0

    package init(
        release: String,
        content: String,
        program: String,
        arguments: [String],
        environment: [String],
        directory: String
    ) {
        self.release = release
        self.content = content
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
    }

    package var bytes: [UInt8] {
        var entries = [
            "teal-spec=\(Self.version)", "release=\(release)", "content=\(content)", "program=\(program)",
            "directory=\(directory)", "address=\(address)", "port=\(port)", "stop-signal=\(stopSignal)",
            "grace-ms=\(graceMilliseconds)", "log-bytes-max=\(logBytesMax)", "log-parts=\(logParts)",
            "timeout-ms=\(timeoutMilliseconds)",
        ]
        if !launch.isEmpty { entries.append("launch=\(launch)") }
        if let memoryBytesMax { entries.append("memory-bytes-max=\(memoryBytesMax)") }
        entries += arguments.map { "argument=\($0)" }
        entries += environment.map { "environment=\($0)" }
        return entries.flatMap { Array($0.utf8) + [0] }
    }

    /// Reads a file's bytes.
    package init(parsing bytes: [UInt8]) throws(RecordError) {
        let entries = bytes.split(separator: 0).map { entry in
            let parts = entry.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            return parts.map { String(decoding: $0, as: UTF8.self) }
        }
        guard let first = entries.first, first.count == 2, first[0] == "teal-spec", let version = Int(first[1]) else {
            throw .unreadable
        }
        guard (Self.version - 1...Self.version).contains(version) else { throw .version(version) }
        self.init(release: "", content: "", program: "", arguments: [], environment: [], directory: "")
        for entry in entries where entry.count == 2 { try take(entry[0], entry[1]) }
        guard !release.isEmpty, program.hasPrefix("/"), directory.hasPrefix("/") else { throw .unreadable }
    }

    private mutating func take(_ name: String, _ value: String) throws(RecordError) {
        switch name {
        case "release": release = value
        case "content": content = value
        case "launch": launch = value
        case "program": program = value
        case "directory": directory = value
        case "address": address = value
        case "argument": arguments.append(value)
        case "environment": environment.append(value)
        case "port": port = try Self.number(value)
        case "stop-signal": stopSignal = try Self.number(value)
        case "grace-ms": graceMilliseconds = try Self.number(value)
        case "log-bytes-max": logBytesMax = try Self.number(value)
        case "log-parts": logParts = try Self.number(value)
        case "timeout-ms": timeoutMilliseconds = try Self.number(value)
        case "memory-bytes-max": memoryBytesMax = try Self.number(value) as Int
        default: break
        }
    }

    private static func number<Number: FixedWidthInteger>(_ text: String) throws(RecordError) -> Number {
        guard let value = Number(text), value >= 0 else { throw .unreadable }
        return value
    }
}

/// Why a record on disk cannot be used.
package enum RecordError: Error, Hashable, Sendable, CustomStringConvertible {
    case unreadable
    /// Written by another version of Teal than this one and the one before.
    case version(Int)

    package var description: String {
        switch self {
        case .unreadable: "the record cannot be read"
        case .version(let version): "the record has version \(version), which this version of Teal does not read"
        }
    }
}
