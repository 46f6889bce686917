/// Follows a chunked body to its end without changing its bytes (RFC 9112 section 7.1).
///
/// Strict: no bare LF, no blanks around the size, bounded sizes, extensions and trailers, and no ``TrailerField`` that
/// belongs into the head.
struct ChunkScanner {
    private enum State: UInt8 {
        case sizeFirst
        case size
        case extension_
        case sizeLF
        case data
        case dataCR
        case dataLF
        case trailerFirst
        case trailerName
        case trailerValue
        case trailerLF
        case endLF
        case done
    }

    /// The most bytes of chunk extensions and of trailers in one body.
    private static let overheadBytesMax = 16 << 10
    /// The most digits of a chunk size, leading zeros among them.
    private static let sizeDigitsMax = 16
    /// The longest chunk, in bytes.
    private static let chunkBytesMax = 1 << 50

    private var state = State.sizeFirst
    private var left = 0
    private var sizeDigits = 0
    private var overhead = 0
    private var fedBytes = 0
    private var name: [UInt8] = []
    /// What the head's `Connection` fields name, which is refused in the trailers as well.
    var nominated: [[UInt8]] = []
    /// Bytes of content seen so far, without the framing.
    private(set) var contentBytes = 0
    /// Bytes of framing seen so far: sizes, extensions, line ends, trailers.
    var framingBytes: Int { fedBytes &- contentBytes }

    var isDone: Bool { state == .done }

    /// Takes in bytes up to the end of the body.
    ///
    /// - Parameters:
    ///   - bytes: What came next.
    ///   - count: How many.
    ///   - classes: Which bytes are allowed where.
    ///   - content: Called with the offset and length of each run of content.
    /// - Returns: How many bytes belong to the body; negative when they are malformed.
    @inline(__always)
    mutating func feed(
        _ bytes: UnsafePointer<UInt8>,
        _ count: Int,
        _ classes: ByteClasses,
        content: (Int, Int) -> Void = { _, _ in }
    ) -> Int {
        var index = 0
        defer { fedBytes &+= index }
        while index < count {
            if state == .data {
                let take = min(left, count &- index)
                content(index, take)
                left &-= take
                contentBytes &+= take
                index &+= take
                if left == 0 { state = .dataCR }
                continue
            }
            if !step(bytes[index], classes) { return -1 }
            index &+= 1
            if state == .done { return index }
        }
        return index
    }

    private mutating func step(_ byte: UInt8, _ classes: ByteClasses) -> Bool {
        switch state {
        case .sizeFirst, .size:
            if let digit = Self.hex(byte) {
                sizeDigits = state == .sizeFirst ? 1 : sizeDigits &+ 1
                left = left << 4 | digit
                state = .size
                return left <= Self.chunkBytesMax && sizeDigits <= Self.sizeDigitsMax
            }
            guard state == .size else { return false }
            if byte == 13 {
                state = .sizeLF
            } else if byte == UInt8(ascii: ";") {
                state = .extension_
            } else {
                return false
            }
        case .extension_:
            guard byte == 13 else { return addOverhead(byte) }
            state = .sizeLF
        case .sizeLF:
            guard byte == 10 else { return false }
            state = left == 0 ? .trailerFirst : .data
        case .dataCR:
            guard byte == 13 else { return false }
            state = .dataLF
        case .dataLF:
            guard byte == 10 else { return false }
            state = .sizeFirst
        case .trailerFirst, .trailerName: return trailer(byte, classes)
        case .trailerValue:
            guard byte == 13 else { return addOverhead(byte) }
            state = .trailerLF
        case .trailerLF:
            guard byte == 10 else { return false }
            state = .trailerFirst
        case .endLF:
            guard byte == 10 else { return false }
            state = .done
        case .data, .done: return false
        }
        return true
    }

    private mutating func trailer(_ byte: UInt8, _ classes: ByteClasses) -> Bool {
        if state == .trailerFirst {
            name.removeAll(keepingCapacity: true)
            if byte == 13 {
                state = .endLF
                return true
            }
        }
        if classes.has(byte, ByteClasses.token) {
            name.append(TrailerField.normal(byte))
            state = .trailerName
            return addOverhead(byte)
        }
        guard byte == UInt8(ascii: ":"), state == .trailerName else { return false }
        state = .trailerValue
        return !TrailerField.isRefused(name) && !nominated.contains(name)
    }

    private mutating func addOverhead(_ byte: UInt8) -> Bool {
        overhead &+= 1
        return overhead <= Self.overheadBytesMax && (byte >= 0x20 || byte == 9) && byte != 0x7f
    }

    private static func hex(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x30...0x39: Int(byte &- 0x30)
        case 0x41...0x46, 0x61...0x66: Int((byte | 0x20) &- 0x57)
        default: nil
        }
    }
}
