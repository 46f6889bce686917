import Glibc

/// Jobs as files: `todo/<job>` is renamed to `done/<job>.<version>.<pid>`, then noted in `log`.
///
/// The rename is atomic, so of several workers one gets the job. A worker that dies in between has taken the job
/// without having noted it: never twice, at most once.
struct DirectoryQueue: JobSource {
    private let root: String
    private let mark: String

    /// The root holds `todo` and `done`; both are made if missing.
    init(root: String, version: String, pid: Int32) {
        self.root = root
        self.mark = "\(version) \(pid)"
        for path in [root, root + "/todo", root + "/done"] { _ = mkdir(path, 0o755) }
    }

    func take() throws(JobError) -> String? {
        guard let directory = opendir(root + "/todo") else {
            throw .file(path: root + "/todo", errno: errno)
        }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix(".") { continue }
            if rename(root + "/todo/" + name, doneName(name)) == 0 { return name }
            // Somebody else was faster; the next one.
            guard errno == ENOENT else { throw .file(path: root + "/todo/" + name, errno: errno) }
        }
        return nil
    }

    func finish(_ job: String) throws(JobError) {
        try appendLine("\(job) \(mark)", to: root + "/log")
    }

    private func doneName(_ job: String) -> String {
        root + "/done/" + job + "." + mark.split(separator: " ").joined(separator: ".")
    }
}

/// Appends one line in one write, so that lines of several processes never mix.
func appendLine(_ text: String, to path: String) throws(JobError) {
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .file(path: path, errno: errno) }
    defer { close(descriptor) }
    var line = text + "\n"
    let written = line.withUTF8 { write(descriptor, $0.baseAddress, $0.count) }
    guard written == line.utf8.count else { throw .file(path: path, errno: errno) }
}
