import FoundationEssentials
import Glibc
import TealCore
import TealSecrets

/// Looks for the values of secrets where none may be: in the journal, in what is kept for the switch, in `.current_env`, in the
/// log that the daemon writes to a file, and in the arguments of Teal's programs.
///
/// A service's own log is not looked at: what it writes is its own, and is masked when people are shown it.
struct SecretSearch: Sendable {
    let home: Home
    let services: [ServiceKey]

    /// How much of a file is looked at, from its end.
    private static let fileBytesMax = 64 << 20
    /// How much of a file is read at a time.
    private static let pieceBytes = 1 << 20

    /// Everything that people wrote openly: a secret with the same value cannot be told from it.
    static func plainText(of releases: [Release]) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        // A spec always encodes: the journal holds it.
        return releases.flatMap { (try? encoder.encode($0.spec)).map(Array.init) ?? [] }
    }

    /// The places, for people, each with the name of what was found there.
    func places(of trace: SecretTrace) -> [String] {
        files.flatMap { path in names(trace, in: path).map { "\(path) (\($0))" } }
            + arguments.flatMap { place, text in trace.names(in: text).map { "\(place) (\($0))" } }
    }

    private var files: [String] {
        let kept = [home.proxyState, home.nginxState].flatMap { directory in
            // Not there: it is not the switch.
            ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted().map {
                "\(directory)/\($0)"
            }
        }
        let markers = services.map { home.currentEnvironment(of: $0) }
        return [home.journal, home.journal + "-wal"] + kept + markers
            + [ownLog].compactMap { $0 }
    }

    /// The file that the daemon's log goes to; nil when something else takes it.
    private var ownLog: String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/2")  // closed: there is no log
    }

    private func names(_ trace: SecretTrace, in path: String) -> [String] {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        // Not there: nothing is in it.
        guard file >= 0 else { return [] }
        defer { close(file) }
        var facts = stat()
        guard fstat(file, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return [] }
        lseek(file, max(0, Int(facts.st_size) - Self.fileBytesMax), SEEK_SET)
        var found: Set<String> = []
        var rest: [UInt8] = []
        while true {
            let piece = [UInt8](unsafeUninitializedCapacity: Self.pieceBytes) { buffer, count in
                count = max(0, read(file, buffer.baseAddress, buffer.count))
            }
            // The end, or what cannot be read.
            guard !piece.isEmpty else { break }
            let bytes = rest + piece
            found.formUnion(trace.names(in: bytes))
            rest = Array(bytes.suffix(trace.bytesMost))
        }
        return found.sorted()
    }

    /// The argument lists of Teal's own programs of this home; proc(5), `/proc/PID/cmdline`.
    private var arguments: [(String, [UInt8])] {
        let own = ["teal", "teal-proxy", "teal-shim"]
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { Int32($0) }.compactMap { pid in
            guard let line = TextFile.read("/proc/\(pid)/cmdline"), line.contains(home.root) else { return nil }
            let program = line.prefix { $0 != "\0" }.split(separator: "/").last.map(String.init) ?? ""
            guard own.contains(program) else { return nil }
            return ("the arguments of \(program), process \(pid)", Array(line.utf8))
        }
    }
}
