import Glibc
import TealShimWire

/// The programs of this build that the tests run.
enum Programs {
    static let shim = path("teal-shim")
    static let sample = path("teal-sample")

    /// Beside the program that runs the tests, or in the debug build's folder.
    private static func path(_ name: String) -> String {
        let own = Files.linkTarget("/proc/self/exe").map { Files.parent(of: $0) }
        let root = Files.parent(of: Files.parent(of: Files.parent(of: Files.parent(of: #filePath))))
        let folders = [own, root + "/.build/debug"].compactMap { $0 }
        return folders.map { $0 + "/" + name }.first { access($0, X_OK) == 0 } ?? "/nowhere/\(name)"
    }
}
