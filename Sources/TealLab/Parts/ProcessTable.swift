import Foundation

/// A process as `/proc` shows it.
package struct SeenProcess: Hashable, Sendable {
    package let pid: Int32
    package let parent: Int32
    package let words: [String]
    package let executable: String

    /// The name of its program, such as `teal-shim`.
    package var name: String { String((words.first ?? executable).split(separator: "/").last ?? "") }
}

/// The processes of this machine that belong to a directory.
enum ProcessTable {
    /// Processes whose program, working directory or arguments lie below `directory`, and all that such a process has
    /// started; the caller itself is left out, and so are those that have ended and are waited for by nobody.
    static func processes(below directory: String) -> [SeenProcess] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []  // none: nothing to be found
        let all = names.compactMap { Int32($0) }.filter { $0 != getpid() }.sorted().compactMap { see($0) }
        var found = Set(all.filter { $0.belongs(to: directory) }.map(\.process.pid))
        var count = 0
        while count < found.count {
            count = found.count
            found.formUnion(all.filter { found.contains($0.process.parent) }.map(\.process.pid))
        }
        return all.map(\.process).filter { found.contains($0.pid) }
    }

    private struct Sight {
        let process: SeenProcess
        let directory: String

        func belongs(to root: String) -> Bool {
            let below = root + "/"
            return process.executable.hasPrefix(below) || (directory + "/").hasPrefix(below)
                || process.words.contains { $0.contains(below) }
        }
    }

    /// Nil for what has ended in the meantime.
    private static func see(_ pid: Int32) -> Sight? {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let close = stat.lastIndex(of: ")")
        else { return nil }
        let fields = stat[stat.index(after: close)...].split(separator: " ")
        guard fields.count > 1, fields[0] != "Z", let parent = Int32(fields[1]),
            let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline")
        else { return nil }
        let words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        func link(_ name: String) -> String {
            // Kernel threads and other people's processes have none that can be read.
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/\(name)")) ?? ""
        }
        return Sight(
            process: SeenProcess(pid: pid, parent: parent, words: words, executable: link("exe")),
            directory: link("cwd")
        )
    }
}
