#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Copies runs of bytes into memory that is large enough.
struct HeadWriter {
    private let target: UnsafeMutableRawPointer
    private let capacity: Int
    private(set) var count = 0

    init(_ target: UnsafeMutableRawBufferPointer) {
        // Empty only when no byte was asked for.
        self.target = target.baseAddress ?? UnsafeMutableRawPointer(bitPattern: -1).unsafelyUnwrapped
        capacity = target.count
    }

    /// Copies `length` bytes; a run that does not fit ends the process rather than overwrite memory.
    @inline(__always) mutating func put(_ bytes: UnsafePointer<UInt8>, _ length: Int) {
        precondition(length >= 0 && length <= capacity &- count)
        memcpy(target + count, bytes, length)
        count &+= length
    }

    @inline(__always) mutating func put(_ text: StaticString) {
        put(text.utf8Start, text.utf8CodeUnitCount)
    }

    @inline(__always) mutating func put(_ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { bytes in
            if let base = bytes.baseAddress { put(base, bytes.count) }
        }
    }
}
