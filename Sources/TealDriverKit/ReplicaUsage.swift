/// What a replica uses of its host, as one look found it.
package struct ReplicaUsage: Hashable, Sendable {
    /// Processor time that all of its processes have used, those that have ended included; grows while it runs, and begins
    /// anew with it.
    package let processorTime: Duration
    /// When that was read.
    package let at: ContinuousClock.Instant
    /// Memory in bytes.
    ///
    /// Without caches of files, which the kernel gives back at need. What its processes share counts once.
    package let memoryBytes: Int
    /// How much memory it may use; nil where nothing limits it.
    package let memoryBytesMax: Int?
    package let processes: Int

    package init(
        processorTime: Duration,
        at: ContinuousClock.Instant,
        memoryBytes: Int,
        memoryBytesMax: Int?,
        processes: Int
    ) {
        self.processorTime = processorTime
        self.at = at
        self.memoryBytes = memoryBytes
        self.memoryBytesMax = memoryBytesMax
        self.processes = processes
    }

    /// How many processors were busy with it since an earlier look; nil when it was started anew between, or no time went by.
    package func processors(since earlier: ReplicaUsage) -> Double? {
        let (used, passed) = (processorTime - earlier.processorTime, earlier.at.duration(to: at))
        guard passed > .zero, used >= .zero else { return nil }
        return used / passed
    }
}
