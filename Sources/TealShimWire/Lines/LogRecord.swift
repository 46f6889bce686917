/// One line of a replica's log file: `seconds.millis stream text`.
package struct LogRecord: Hashable, Sendable {
    /// The longest text that is kept of a line, in bytes.
    package static let textBytesMax = 8 << 10

    package enum Stream: Character, Sendable {
        case output = "o"
        case error = "e"
        /// Written by the shim when a run begins: the text is the release's qualified name and the run's number.
        case mark = "m"
    }

    /// Milliseconds since 1970, for people.
    package let milliseconds: Int64
    package let stream: Stream
    package let text: [UInt8]

    package init(milliseconds: Int64, stream: Stream, text: [UInt8]) {
        self.milliseconds = milliseconds
        self.stream = stream
        self.text = text
    }

    /// The line with its end.
    package var bytes: [UInt8] {
        let fraction = "\(1000 + milliseconds % 1000)".dropFirst()
        return Array("\(milliseconds / 1000).\(fraction) \(stream.rawValue) ".utf8) + text + [UInt8(ascii: "\n")]
    }

    /// Reads a line without its end; nil for one that was cut by a crash.
    package init?(parsing line: some Collection<UInt8>) {
        let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].count == 1, let mark = parts[1].first,
            let stream = Stream(rawValue: Character(Unicode.Scalar(mark)))
        else { return nil }
        let time = parts[0].split(separator: UInt8(ascii: "."))
        guard time.count == 2, time[1].count == 3, let seconds = Int64(String(decoding: time[0], as: UTF8.self)),
            let millis = Int64(String(decoding: time[1], as: UTF8.self))
        else { return nil }
        self.init(milliseconds: seconds * 1000 + millis, stream: stream, text: Array(parts[2]))
    }
}
