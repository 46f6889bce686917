import Glibc

/// The optional file of events, one JSON object a line.
struct Journal: ~Copyable {
    /// No more lines than that are written, so that a dead service cannot fill a disk.
    static let linesMax = 100_000

    private let descriptor: Int32?
    private let counter = Counter()

    /// How many lines were written.
    private final class Counter {
        var lines = 0
    }

    /// Opens the file anew; without a path nothing is written anywhere.
    init(path: String?) throws(OptionsError) {
        guard let path else {
            descriptor = nil
            return
        }
        let opened = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o644)
        guard opened >= 0 else { throw OptionsError("cannot write \(path): \(String(cString: strerror(errno)))") }
        descriptor = opened
    }

    deinit {
        if let descriptor { close(descriptor) }
    }

    func write(_ line: JSON) {
        guard let descriptor, counter.lines < Self.linesMax else { return }
        counter.lines += 1
        Self.put(line.text + "\n", to: descriptor)
    }

    /// Writes all of it, or as much as can be written.
    static func put(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { pointer in
                Glibc.write(descriptor, pointer.baseAddress.map { $0 + sent }, bytes.count - sent)
            }
            guard count > 0 else { return }
            sent += count
        }
    }
}
