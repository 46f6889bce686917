import Glibc
import TealCore
import TealEngine

/// The kernel's boot clock.
///
/// The one place, with `main`, that asks what time it is.
struct BootClock: HostClock {
    let boot: BootID

    init() {
        // Without the file every start counts as a new boot, which only makes recovery more careful.
        boot = BootID(TextFile.firstLine("/proc/sys/kernel/random/boot_id") ?? "unknown-\(Self.read(CLOCK_REALTIME))")
    }

    func now() -> Timestamp { .init(nanoseconds: Self.read(CLOCK_BOOTTIME)) }

    func wallTime() -> Double { Double(Self.read(CLOCK_REALTIME)) / 1e9 }

    func sleep(until moment: Timestamp) async {
        let span = moment.since(now())
        guard span > .zero else { return }
        // Cancelled: the caller looks at its own state.
        try? await Task.sleep(for: span)
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// Small text files of the kernel and our own.
enum TextFile {
    /// The whole text, at most 64 KiB; nil when it cannot be read.
    static func read(_ path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let count = Glibc.read(file, &bytes, bytes.count)
        guard count >= 0 else { return nil }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    static func firstLine(_ path: String) -> String? {
        read(path).flatMap { $0.split(separator: "\n").first }.map(String.init)
    }

    /// Replaces a file so that it is either the old or the new one, also after a loss of power.
    static func replace(_ path: String, with text: String, mode: mode_t = 0o644) -> Int32 {
        let temporary = path + ".new"
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard file >= 0 else { return errno }
        let bytes = Array(text.utf8)
        let written = write(file, bytes, bytes.count)
        let failure = written == bytes.count && fsync(file) == 0 ? 0 : (errno == 0 ? ENOSPC : errno)
        close(file)
        guard failure == 0, rename(temporary, path) == 0 else {
            let code = failure == 0 ? errno : failure
            unlink(temporary)
            return code
        }
        if let slash = path.lastIndex(of: "/") {
            let directory = open(String(path[..<slash]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            if directory >= 0 {
                fsync(directory)
                close(directory)
            }
        }
        return 0
    }
}
