/// What a written container may use beside ``Resources``, which have its memory and its processor cores.
package struct WrittenLimits: Hashable, Sendable, Codable {
    /// Memory that it is given back to when the host has little, in bytes (`MemoryReservation`).
    package var memoryBytesReserved: Int?
    /// Memory and swap together in bytes, -1 for any (`MemorySwap`); nil for the Engine's, twice the memory.
    package var memoryAndSwapBytesMax: Int?
    /// `0...100`, how readily its memory is swapped out (`MemorySwappiness`).
    package var swappiness: Int?
    /// Whether it waits for memory instead of being killed (`OomKillDisable`).
    package var survivesOutOfMemory: Bool?
    /// `-1000...1000`, how early the kernel kills it (`OomScoreAdj`).
    package var outOfMemoryScore: Int?
    /// `/dev/shm` in bytes (`ShmSize`).
    package var sharedMemoryBytes: Int?
    /// Processes and threads, -1 for any (`PidsLimit`).
    package var processesMax: Int?
    /// Its weight for processor time beside others' 1024 (`CpuShares`).
    package var cpuShares: Int?
    /// In microseconds (`CpuPeriod`).
    package var cpuPeriod: Int?
    /// In microseconds a period (`CpuQuota`).
    package var cpuQuota: Int?
    /// In microseconds (`CpuRealtimePeriod`).
    package var cpuRealtimePeriod: Int?
    /// In microseconds a period (`CpuRealtimeRuntime`).
    package var cpuRealtimeRuntime: Int?
    /// Which cores, such as `0-3` or `0,1` (`CpusetCpus`).
    package var cpuSet: String?
    /// How many processors, for Windows (`CpuCount`).
    package var cpuCount: Int?
    /// Of all processors in percent, for Windows (`CpuPercent`).
    package var cpuPercent: Int?
    /// By the name of setrlimit(2)'s limit, such as `nofile` (`Ulimits`).
    package var ulimits: [String: Ulimit] = [:]
    package var blocks = WrittenBlockLimits()

    package init() {}

    /// A limit of setrlimit(2); -1 is none.
    package struct Ulimit: Hashable, Sendable, Codable {
        package var soft: Int
        package var hard: Int

        package init(soft: Int, hard: Int) {
            self.soft = soft
            self.hard = hard
        }
    }
}

/// How a written container reads and writes block devices.
package struct WrittenBlockLimits: Hashable, Sendable, Codable {
    /// `10...1000` (`BlkioWeight`).
    package var weight: Int?
    /// The same by device (`BlkioWeightDevice`).
    package var weights: [Device] = []
    /// Bytes a second (`BlkioDeviceReadBps`).
    package var readBytes: [Device] = []
    /// Bytes a second (`BlkioDeviceWriteBps`).
    package var writeBytes: [Device] = []
    /// Operations a second (`BlkioDeviceReadIOps`).
    package var readOperations: [Device] = []
    /// Operations a second (`BlkioDeviceWriteIOps`).
    package var writeOperations: [Device] = []

    package init() {}

    /// A number for one device.
    package struct Device: Hashable, Sendable, Codable {
        /// Such as `/dev/sda` (`Path`).
        package var path: String
        /// `Rate` or `Weight`.
        package var value: Int

        package init(path: String, value: Int) {
            self.path = path
            self.value = value
        }
    }
}
