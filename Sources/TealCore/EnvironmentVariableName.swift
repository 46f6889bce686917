/// The rule for names of environment variables (POSIX.1-2017, section 8.1, small letters allowed).
package enum EnvironmentVariableName {
    /// The longest name, in bytes.
    package static let bytesMax = 256

    package static func isFit(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= bytesMax else { return false }
        guard !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
        return name.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}
