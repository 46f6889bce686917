import TealShimWire

/// How often the kernel has killed a process because memory ran out.
enum KernelKills {
    /// The `oom_kill` line of `/proc/vmstat`; 0 where the kernel does not count.
    static func count() -> Int {
        guard let text = (try? Files.text("/proc/vmstat")) ?? nil,
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("oom_kill ") })
        else { return 0 }
        return Int(line.dropFirst("oom_kill ".count)) ?? 0
    }
}
