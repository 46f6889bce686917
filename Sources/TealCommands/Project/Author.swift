#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Who runs the command, for the records.
enum Author {
    /// `anna@laptop`, or what `TEAL_AUTHOR` says.
    static func name(_ console: Console = .current) -> String {
        let variables = console.environment
        if let author = variables["TEAL_AUTHOR"], !author.isEmpty { return String(author.prefix(200)) }
        let user =
            variables["SUDO_USER"] ?? variables["USER"] ?? variables["LOGNAME"]
            ?? (getuid() == 0 ? "root" : "uid-\(getuid())")
        let bytesMax = 256
        var bytes = [CChar](repeating: 0, count: bytesMax + 1)
        let failed = gethostname(&bytes, bytesMax)
        let name = bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
        let host = failed == 0 ? String(decoding: name, as: UTF8.self) : "unknown"
        return "\(user)@\(host)"
    }
}
