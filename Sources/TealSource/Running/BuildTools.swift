import Glibc
import TealShimWire

/// The programs that builds need, and what they are given of this process's environment.
struct BuildTools: Sendable {
    static let standardPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    /// What programs get of the daemon's environment; nothing else is passed on.
    private static let passedOn: Set<String> = [
        "PATH", "HOME", "LANG", "TZ", "http_proxy", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY",
    ]

    /// The path of `teal-shim`.
    let shim: String
    let inherited: [String: String]

    init(shim: String, environment: [String: String]) {
        self.shim = shim
        var inherited = environment.filter { Self.passedOn.contains($0.key) }
        if inherited["PATH"] == nil { inherited["PATH"] = Self.standardPath }
        self.inherited = inherited
    }

    /// The absolute path of a command's program, as execvp(3) finds it; nil when there is none.
    func find(_ name: String, in directory: String, path: String?) -> String? {
        if name.hasPrefix("/") { return Self.isExecutable(name) ? name : nil }
        if name.contains("/") { return Self.isExecutable("\(directory)/\(name)") ? "\(directory)/\(name)" : nil }
        let path = path ?? inherited["PATH"] ?? Self.standardPath
        return path.split(separator: ":").map { "\($0)/\(name)" }.first { $0.hasPrefix("/") && Self.isExecutable($0) }
    }

    /// Words that run what follows them with the least claim on processor and memory.
    ///
    /// Services must not notice that something is built beside them.
    var politely: [String] {
        var words: [String] = []
        // Of util-linux and of coreutils; a host without them builds all the same.
        if let choom = find("choom", in: "/", path: Self.standardPath) { words += [choom, "-n", "500", "--"] }
        if let nice = find("nice", in: "/", path: Self.standardPath) { words += [nice, "-n", "10"] }
        return words
    }

    private static func isExecutable(_ path: String) -> Bool {
        var info = stat()
        return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }
}
