import TealCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file that appears whole or not at all, and never in the place of another.
struct NewFile {
    let path: String
    /// Who writes it, for what to do next.
    let command: String

    /// Refuses a path that is taken.
    func refuseExisting() throws(Problem) {
        var status = stat()
        if lstat(path, &status) == 0 { throw existing }
    }

    /// Writes the text beside its place, syncs it, and gives it its name.
    func write(_ text: String) throws(Problem) {
        let draft = "\(path).\(getpid()).draft"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(errno) }
        defer { unlink(draft) }
        var bytes = Array(text.utf8)[...]
        var error: Int32 = 0
        while !bytes.isEmpty, error == 0 {
            let written = bytes.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
            if written >= 0 { bytes = bytes.dropFirst(written) } else if errno != EINTR { error = errno }
        }
        if error == 0, fsync(descriptor) != 0 { error = errno }
        if close(descriptor) != 0, error == 0 { error = errno }
        guard error == 0 else { throw failure(error) }
        // A link is refused where a name is taken, so nothing that came meanwhile is lost.
        guard link(draft, path) == 0 else { throw errno == EEXIST ? existing : failure(errno) }
    }

    private var existing: Problem {
        Problem(
            "cli.file-exists",
            "nothing has been changed: \(path) exists already",
            next: ["Write another one with `-o PATH`, such as `\(command) … -o new.yml`, and compare the two"]
        )
    }

    private func failure(_ error: Int32) -> Problem {
        Problem(
            "cli.file-exists",
            "nothing has been changed: \(path) cannot be written: \(String(cString: strerror(error)))",
            next: ["Name another one with `-o PATH`"]
        )
    }

    private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        #if canImport(Glibc)
            Glibc.write(descriptor, bytes, count)
        #elseif canImport(Musl)
            Musl.write(descriptor, bytes, count)
        #else
            Darwin.write(descriptor, bytes, count)
        #endif
    }
}
