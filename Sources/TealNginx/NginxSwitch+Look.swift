import Glibc
package import TealCore
import TealDriverKit

/// Looking at nginx and its files without changing any of them: for the doctor, for `status`, and before a release.
extension NginxSwitch {
    /// Whether an nginx says at an address that it follows a table of Teal's.
    package static func isFollowed(at status: Endpoint) -> Bool {
        if case .table(let served) = ServedTable.ask(status, within: .seconds(2)) {
            served.position.version > 0
        } else {
            false
        }
    }

    /// Whether a table was published, and the file of Teal's own that says so is not there any more.
    package var lacksItsFile: Bool {
        guard let followed = loaded?.followed, followed.untold != .init(served: nil) else { return false }
        return access(settings.include, F_OK) != 0
    }

    /// What of nginx's files is not as Teal left it, one line each; empty while nothing was published, or nginx does not run.
    ///
    /// Each of them keeps Teal from switching, but for a file of its own that is gone.
    package func drift() -> [String] {
        guard let nginx = try? running(), let record = try? record(of: nginx), let followed = record.followed else {
            // Said by whoever asks for the position.
            return []
        }
        if lacksItsFile {
            return ["\(settings.include) is gone: at its next reload nginx would lose the routes that are in it"]
        }
        do throws(SwitchError) {
            let include = try NginxInclude(followed.table, settings, marksUpgraded: Self.marksUpgraded)
            _ = try FileChange(followed.table, include, record, settings, nginx)
            return []
        } catch .refused(let text) {
            return [text]
        } catch {
            return []
        }
    }

    /// Looks for everything that would keep a table from being followed, all at once; changes nothing.
    package func examine() -> [NginxFinding] {
        if access(settings.program, X_OK) != 0 {
            return [
                NginxFinding(
                    "\(settings.program) cannot be run: \(String(cString: strerror(errno)))",
                    next: "Install nginx, or name its program with `--nginx`"
                )
            ]
        }
        // That it does not run is said by whoever asks it; a test would leave an empty file for its number behind.
        guard let nginx = try? running() else { return [] }
        return rights(over: nginx) + configuration() + drift().map { NginxFinding($0) }
    }

    /// Whether Teal may do what a switch needs.
    private func rights(over nginx: NginxProcess) -> [NginxFinding] {
        var texts: [String] = []
        if kill(nginx.master, 0) != 0 {
            texts.append(
                "process \(nginx.master) of nginx may not be told to reload: \(String(cString: strerror(errno)))"
            )
        }
        for worker in nginx.workers().prefix(1) where access("/proc/\(worker.pid)/fd", R_OK | X_OK) != 0 {
            texts.append("the connections of nginx's worker \(worker.pid) may not be looked at")
        }
        let files = [settings.include] + settings.sites.values.sorted().map(TextFile.resolved)
        let directories = Set(files.map(Self.directory)).sorted()
        for path in directories where access(path, W_OK | X_OK) != 0 {
            texts.append("\(path) may not be written to: \(String(cString: strerror(errno)))")
        }
        return texts.map { NginxFinding($0, next: "Run the daemon as root, or as the user of nginx's master process") }
    }

    /// What nginx's own test says of its configuration as it is on disk.
    private func configuration() -> [NginxFinding] {
        let command = NginxCommand(program: settings.program, configuration: settings.configuration)
        switch command.test(lookingFor: settings.include, within: settings.testLimit) {
        case .fine(includesFile: true): return []
        // Before the first table there is no file that could be included.
        case .fine where access(settings.include, F_OK) != 0: return []
        case .fine:
            return [
                NginxFinding(
                    "\(settings.configuration) does not include \(settings.include)",
                    next: "Add `include \(settings.include);` inside `http`"
                )
            ]
        case .bad(let lines):
            return [
                NginxFinding(
                    "nginx's configuration is broken: \(lines.prefix(5).joined(separator: "; "))",
                    next: "Put it right until `\(settings.program) -t -c \(settings.configuration)` is content"
                )
            ]
        case .notRun(let reason): return [NginxFinding("nginx's configuration could not be tested: \(reason)")]
        }
    }

    private static func directory(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }
}

/// Something that would keep nginx from being switched.
package struct NginxFinding: Hashable, Sendable {
    package let text: String
    package let next: [String]

    init(_ text: String, next: String...) {
        self.text = text
        self.next = next
    }
}
