#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where a command writes, asks, and reads its surroundings; a test gives its own.
package struct Console: Sendable {
    /// The console of the command that runs.
    @TaskLocal static var current: Console = .process

    package var terminal: Terminal
    /// The process's variables.
    package var environment: [String: String]
    /// Seconds since 1970, for people.
    package var now: @Sendable () -> Double
    /// What passes through as it is.
    package let raw: RawStreams
    private let write: @Sendable (Stream, String) -> Void

    package enum Stream: Hashable, Sendable {
        case output
        case errors
    }

    package init(
        terminal: Terminal,
        environment: [String: String],
        now: @escaping @Sendable () -> Double = { WallClock.seconds },
        raw: RawStreams? = nil,
        write: @escaping @Sendable (Stream, String) -> Void
    ) {
        // Without streams of its own there is nothing to read, and bytes are written as text.
        self.raw = raw ?? RawStreams(read: { nil }, write: { write($0, String(decoding: $1, as: UTF8.self)) })
        self.terminal = terminal
        self.environment = environment
        self.now = now
        self.write = write
    }

    /// The process's own.
    package static var process: Console {
        let environment = ProcessEnvironment.variables
        let terminal = Terminal.ofProcess(environment: environment)
        return Console(terminal: terminal, environment: environment, raw: .ofProcess(terminal)) { stream, text in
            Self.write(Array(text.utf8), to: stream == .output ? 1 : 2)
        }
    }

    /// Writes a result with a line end: as it is, but without control sequences other than colours where a person
    /// reads.
    func out(_ line: String) {
        let line = terminal.showsOutput ? ControlText.shown(line, colours: terminal.wantsColour) : line
        write(.output, line.hasSuffix("\n") ? line : line + "\n")
    }

    /// Writes progress or a problem, with a line end; control characters in it become visible.
    func error(_ line: String) {
        let line = ControlText.escaped(line, keeping: errorStyle.isOn ? .colours : .nothing)
        write(.errors, line.hasSuffix("\n") ? line : line + "\n")
    }

    /// Writes to the errors without a line end, for what is drawn over.
    func draw(_ text: String) { write(.errors, ControlText.escaped(text, keeping: .drawing)) }

    var outputStyle: Style { Style(isOn: terminal.showsOutput && terminal.wantsColour) }
    var errorStyle: Style { Style(isOn: terminal.showsErrors && terminal.wantsColour) }

    /// Writes to a descriptor of the process.
    static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var bytes = bytes[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { unistdWrite(descriptor, $0.baseAddress, $0.count) }
            if written < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                // Nobody reads any more; there is no one left to tell.
                return
            }
            bytes = bytes.dropFirst(written)
        }
    }

    private static func unistdWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        #if canImport(Glibc)
            Glibc.write(descriptor, bytes, count)
        #elseif canImport(Musl)
            Musl.write(descriptor, bytes, count)
        #else
            Darwin.write(descriptor, bytes, count)
        #endif
    }
}

/// The process's variables as a value.
enum ProcessEnvironment {
    static var variables: [String: String] {
        var variables: [String: String] = [:]
        // `environ` is only read, before anything could change it.
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { variables[String(pair[0])] = String(pair[1]) }
            entry += 1
        }
        return variables
    }
}

/// Wall time, for people only.
enum WallClock {
    /// Since 1970.
    static var seconds: Double {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }

    /// A point in time that the system takes: up to the year 9999.
    private static func time(_ seconds: Double) -> time_t {
        seconds.isNaN ? 0 : time_t(min(max(0, seconds), 253_402_300_799))
    }

    /// `2026-11-21 04:38`, in the machine's own zone.
    static func text(_ seconds: Double) -> String {
        var time = time(seconds)
        var parts = tm()
        localtime_r(&time, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return
            "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday)) \(two(parts.tm_hour)):\(two(parts.tm_min))"
    }

    /// `04:38:07`, in the machine's own zone.
    static func timeOfDay(_ seconds: Double) -> String {
        var time = time(seconds)
        var parts = tm()
        localtime_r(&time, &parts)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
    }
}
