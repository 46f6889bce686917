import Glibc
import TealShimWire

/// Finds the program that a command names.
enum ProgramLookup {
    /// Where programs are looked for when nothing else is said.
    static let standardPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// The absolute path of a command's program: below `root` first, then in `path`.
    static func find(_ name: String, in root: String, path: String) -> String? {
        if name.hasPrefix("/") { return isExecutable(name) ? name : nil }
        let own = "\(root)/\(name)"
        if isExecutable(own) { return own }
        return name.contains("/") ? nil : inPath(name, path)
    }

    /// The first executable file of this name in a list of directories.
    static func inPath(_ name: String, _ path: String) -> String? {
        path.split(separator: ":").map { "\($0)/\(name)" }.first { $0.hasPrefix("/") && isExecutable($0) }
    }

    private static func isExecutable(_ path: String) -> Bool {
        var info = stat()
        return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }
}
