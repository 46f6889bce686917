import TealProxyWire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The places of the table that another program had, on disk: after a reboot the proxy may start before that program,
/// and must not take them.
///
/// One line for each, address and port with a space between them. Nothing depends on the file but that courtesy, so that
/// what cannot be read counts as empty, and nothing is synced.
struct TakenPlaces: Sendable {
    /// The longest file, in bytes.
    private static let bytesMax = 64 << 10

    let directory: String
    private var path: String { directory + "/taken" }

    func load() -> Set<TargetAddress> {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { _ = close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Self.bytesMax)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return [] }
        return Self.parse(String(decoding: bytes[..<count], as: UTF8.self))
    }

    static func parse(_ text: String) -> Set<TargetAddress> {
        Set(
            text.split(separator: "\n").compactMap { line in
                let parts = line.split(separator: " ")
                guard parts.count == 2, let port = UInt16(parts[1]) else { return nil }
                return TargetAddress(host: String(parts[0]), port: port)
            }
        )
    }

    static func text(_ places: Set<TargetAddress>) -> String {
        places.map { "\($0.host) \($0.port)\n" }.sorted().joined()
    }

    /// Blocks; not for an event loop.
    func store(_ places: Set<TargetAddress>) {
        guard !places.isEmpty else {
            _ = unlink(path)
            return
        }
        let temporary = path + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        let bytes = Array(Self.text(places).utf8)
        let count = write(descriptor, bytes, bytes.count)
        _ = close(descriptor)
        if count == bytes.count { _ = rename(temporary, path) } else { _ = unlink(temporary) }
    }
}
