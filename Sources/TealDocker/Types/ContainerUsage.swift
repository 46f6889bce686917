/// What the Engine counted of one container (`GET /containers/{id}/stats`).
struct ContainerUsage: Sendable {
    /// Since it was started.
    let processorTime: Duration
    /// Without caches of files that the kernel gives back at need, as `docker stats` has it.
    let memoryBytes: Int
    let processes: Int

    /// - Returns: Nil for a container that does not run: the Engine counts nothing of it.
    init?(_ json: JSONValue) {
        guard let nanoseconds = json["cpu_stats"]["cpu_usage"]["total_usage"].int,
            let used = json["memory_stats"]["usage"].int
        else { return nil }
        processorTime = .nanoseconds(nanoseconds)
        let counts = json["memory_stats"]["stats"]
        // By control groups of version 1 or 2.
        let cache = counts["total_inactive_file"].int ?? counts["inactive_file"].int ?? 0
        memoryBytes = cache < used ? used - cache : used
        processes = json["pids_stats"]["current"].int ?? 0
    }
}
