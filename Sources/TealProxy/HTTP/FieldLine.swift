/// One header line that matters to the proxy, by its offsets in the head.
struct FieldLine {
    enum Kind: UInt8 {
        case connection
        case keepAlive
        case proxyConnection
        case te
        case upgrade
        case expect
        case contentLength
        case transferEncoding
        case forwarded
        case forwardedFor
        case forwardedProto
        case forwardedHost
        case forwardedPort
        /// `X-Forwarded-` with another ending, `X-Real-IP`, or any of them written with an underscore.
        case forwardedOther
        /// The Host field of a request in absolute form, whose authority stands in for it.
        case host
        /// Named by a `Connection` field, so not to be passed on.
        case nominated
    }

    /// Offset of the line's first byte.
    let start: Int32
    /// Offset behind the line's CRLF.
    let end: Int32
    /// Offset of the first byte of the value, blanks left out.
    let valueStart: Int32
    let kind: Kind

    /// Offset behind the value, before the CRLF; trailing blanks may be part of it.
    var valueEnd: Int32 { end &- 2 }
}

/// The lines of the head being read, in order.
///
/// One per event loop, used anew for each head.
struct FieldLines {
    /// The most lines of a head.
    static let linesMax = 256

    private let lines: UnsafeMutablePointer<FieldLine>
    private(set) var count = 0

    init() {
        lines = .allocate(capacity: Self.linesMax)
    }

    @inline(__always) mutating func removeAll() { count = 0 }

    /// Adds a line.
    ///
    /// The scanner counts lines and never adds more than ``linesMax``.
    @inline(__always) mutating func append(_ line: FieldLine) {
        if count < Self.linesMax {
            (lines + count).initialize(to: line)
            count &+= 1
        }
    }

    @inline(__always) subscript(index: Int) -> FieldLine { lines[index] }

    /// Whether any line is of a kind.
    func contains(_ kind: FieldLine.Kind) -> Bool {
        for index in 0..<count where lines[index].kind == kind { return true }
        return false
    }
}
