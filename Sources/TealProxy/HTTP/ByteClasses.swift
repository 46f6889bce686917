/// Which bytes may stand where, one flag set per byte value (RFC 9110 section 5.6.2, RFC 3986 section 2).
///
/// A plain pointer, since a global table would be checked for initialisation at each use on the hot path. Each event
/// loop makes one and keeps it for the life of the process.
struct ByteClasses {
    /// May stand in a token: field names, methods.
    static let token: UInt8 = 1
    /// May stand in a request target.
    static let target: UInt8 = 2
    /// Makes a path worth a second look before it is matched: `%`, `\`, `;`.
    static let careful: UInt8 = 4
    /// May stand in a host name or an IPv6 literal with its brackets.
    static let host: UInt8 = 8

    let flags: UnsafePointer<UInt8>

    init() {
        let flags = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
        flags.initialize(repeating: 0, count: 256)
        let letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
        for byte in "!#$%&'*+-.^_`|~\(letters)".utf8 { flags[Int(byte)] |= Self.token }
        for byte in 0x21...0x7e where byte != UInt8(ascii: "#") { flags[byte] |= Self.target }
        for byte in "%\\;".utf8 { flags[Int(byte)] |= Self.careful }
        for byte in "-._~[]:\(letters)".utf8 { flags[Int(byte)] |= Self.host }
        self.flags = UnsafePointer(flags)
    }

    /// Whether a byte has a flag.
    @inline(__always) func has(_ byte: UInt8, _ flag: UInt8) -> Bool { flags[Int(byte)] & flag != 0 }
}
