import TealDriverKit

/// Makes lines of the frames of a container's log.
///
/// The Engine cuts lines at 16 KiB, each part with its own moment; an attached stream has no moments, and frames as the
/// container wrote them.
struct LogAssembler {
    /// The longest line that is kept, in bytes; what is beyond is cut off.
    static let lineBytesMax = 8 << 10

    /// Whether each frame begins with a moment.
    let isStamped: Bool
    let release: String?
    private var open: [Bool: Line] = [:]
    /// When the last line was written.
    private(set) var last: EngineMoment?

    private struct Line {
        var moment: EngineMoment
        var bytes: [UInt8]
    }

    init(isStamped: Bool, release: String?) {
        self.isStamped = isStamped
        self.release = release
    }

    /// Takes a frame.
    ///
    /// - Parameters:
    ///   - frame: As it came.
    ///   - now: Its moment where it has none of its own.
    /// - Returns: The lines that it ends.
    mutating func feed(_ frame: FrameSplitter.Frame, at now: EngineMoment) -> [LogLine] {
        var bytes = frame.bytes[...]
        var moment = now
        if isStamped, let space = bytes.firstIndex(of: UInt8(ascii: " ")),
            let stamp = EngineMoment(parsing: String(decoding: bytes[..<space], as: UTF8.self))
        {
            moment = stamp
            bytes = bytes[(space + 1)...]
        }
        last = moment
        var lines: [LogLine] = []
        while let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
            add(bytes[..<end], frame.isError, moment)
            lines.append(contentsOf: flush(frame.isError))
            bytes = bytes[(end + 1)...]
        }
        if !bytes.isEmpty { add(bytes, frame.isError, moment) }
        return lines
    }

    /// What was written last without a line's end.
    mutating func rest() -> [LogLine] { [false, true].flatMap { flush($0) } }

    private mutating func add(_ bytes: ArraySlice<UInt8>, _ isError: Bool, _ moment: EngineMoment) {
        var line = open[isError] ?? Line(moment: moment, bytes: [])
        line.bytes += bytes.prefix(max(Self.lineBytesMax - line.bytes.count, 0))
        open[isError] = line
    }

    private mutating func flush(_ isError: Bool) -> [LogLine] {
        guard var line = open.removeValue(forKey: isError) else { return [] }
        if line.bytes.last == UInt8(ascii: "\r") { line.bytes.removeLast() }
        let text = String(decoding: line.bytes, as: UTF8.self)
        return [LogLine(time: line.moment.inSeconds, text: text, isError: isError, release: release)]
    }
}
