import Glibc

/// The proxy that a start of the daemon has started, as long as it is a child of this process.
enum StartedProxy {
    /// How long it may take to its end before it is killed.
    private static let grace = Duration.seconds(2)
    /// The longest name of a process that the kernel keeps (`TASK_COMM_LEN` less its end).
    private static let nameBytesMax = 15

    /// Ends it after a start that failed: nobody would look after it.
    ///
    /// One that was adopted is no child, and stays.
    static func end(program: String) async {
        let name = program.split(separator: "/").last.map { String($0.prefix(nameBytesMax)) } ?? program
        for pid in children(named: name) {
            kill(pid, SIGTERM)
            let end = ContinuousClock.now + grace
            var status: Int32 = 0
            while waitpid(pid, &status, WNOHANG) == 0 {
                if ContinuousClock.now >= end { kill(pid, SIGKILL) }
                // Cancelled, it only looks more often.
                try? await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    /// Processes with this name that this one has started; proc(5), `/proc/PID/stat`.
    static func children(named name: String) -> [pid_t] {
        guard let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        var found: [pid_t] = []
        while let entry = readdir(directory) {
            let text = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let pid = pid_t(text), let line = TextFile.firstLine("/proc/\(pid)/stat"),
                let open = line.firstIndex(of: "("), let close = line.lastIndex(of: ")"),
                line[line.index(after: open)..<close] == name
            else { continue }
            let rest = line[line.index(after: close)...].split(separator: " ")
            if rest.count > 1, pid_t(rest[1]) == getpid() { found.append(pid) }
        }
        return found
    }
}
