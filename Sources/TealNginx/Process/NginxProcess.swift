import Glibc

/// A master process of nginx and its workers, as `/proc` shows them (proc(5)).
struct NginxProcess {
    let master: pid_t

    /// Why there is none.
    enum Absence: Error, Hashable {
        /// The file that would name it is not there or cannot be read.
        case noFile(String)
        /// What the file names is not an nginx.
        case gone(pid: String)
    }

    /// The master that a pid file names.
    static func find(pidFile: String) throws(Absence) -> NginxProcess {
        let bytes: [UInt8]?
        do throws(TextFile.Fault) {
            bytes = try TextFile.read(pidFile, bytesMax: 4096)
        } catch {
            throw .noFile(error.text)
        }
        guard let bytes else { throw .noFile("\(pidFile) is not there") }
        let text = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
        // Just started, it has its number written before it calls itself a master.
        guard let pid = pid_t(text), pid > 0,
            title(of: pid)?.hasPrefix("nginx: master process") == true || name(of: pid) == "nginx"
        else {
            throw .gone(pid: text)
        }
        return NginxProcess(master: pid)
    }

    /// A process below the master that serves requests.
    struct Worker: Hashable {
        let pid: pid_t
        /// Whether it takes no new connections and ends with its last one.
        let isLeaving: Bool
        /// When it was started, in ticks since the start of the system.
        let began: UInt64
    }

    /// The workers that serve requests, old ones that are leaving included.
    func workers() -> [Worker] {
        Self.processes().compactMap { pid in
            guard let facts = Self.facts(of: pid), facts.parent == master,
                let title = Self.title(of: pid), title.hasPrefix("nginx: worker process")
            else { return nil }
            return Worker(pid: pid, isLeaving: title.contains("is shutting down"), began: facts.began)
        }
    }

    /// When a worker was started at the latest, in seconds since 1970: its ticks are whole ones that had gone by.
    static func wallSeconds(began ticks: UInt64) -> Double {
        let boot = seconds(CLOCK_REALTIME) - seconds(CLOCK_BOOTTIME)
        return boot + Double(ticks + 1) / Double(max(1, sysconf(CInt(_SC_CLK_TCK))))
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func title(of pid: pid_t) -> String? {
        guard let bytes = try? TextFile.read("/proc/\(pid)/cmdline", bytesMax: 64 << 10) else { return nil }
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    private static func name(of pid: pid_t) -> String? {
        guard let bytes = try? TextFile.read("/proc/\(pid)/comm", bytesMax: 4096) else { return nil }
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    private static func facts(of pid: pid_t) -> (parent: pid_t, began: UInt64)? {
        guard let bytes = try? TextFile.read("/proc/\(pid)/stat", bytesMax: 64 << 10) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let close = text.lastIndex(of: ")") else { return nil }
        // From field 3 on; the name before may hold anything.
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count > 19, let parent = pid_t(fields[1]), let began = UInt64(fields[19]) else { return nil }
        return (parent, began)
    }

    private static func processes() -> [pid_t] {
        Directory.names(of: "/proc").compactMap { pid_t($0) }
    }
}

/// What a directory holds.
enum Directory {
    /// The names, in no order; empty when it cannot be read.
    static func names(of path: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            )
        }
        return names
    }
}
