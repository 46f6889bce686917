import TealAPI

/// What replicas use, for people.
struct UsageText {
    /// From this share of its memory on a replica is shown in yellow.
    private static let fullShare = 0.9

    let style: Style

    func lines(_ usage: UsageView) -> [String] {
        guard !usage.replicas.isEmpty else { return ["No replica runs."] }
        var table = TextTable()
        table.add("REPLICA", "RELEASE", "", "CPU", "MEMORY", "PROCESSES")
        let isOneProject = Set(usage.replicas.map(\.project)).count == 1
        for replica in usage.replicas {
            table.add(
                isOneProject ? replica.replica : "\(replica.project)/\(replica.replica)",
                replica.release,
                replica.isActive ? "active" : "standby",
                replica.reason ?? replica.processors.map { "\(Int(($0 * 100).rounded())) %" } ?? "began anew",
                memory(replica),
                replica.processes.map { "\($0)" } ?? ""
            )
        }
        let lines = table.lines(indent: 0)
        let known = usage.replicas.compactMap(\.memoryBytes).reduce(0, +)
        return [style.dim(lines[0])]
            + zip(usage.replicas, lines.dropFirst()).map { isFull($0) ? style.yellow($1) : $1 }
            + [
                style.dim(
                    "\(Words.bytes(known)) of the host's \(Words.bytes(usage.memoryBytes)), "
                        + Words.count(usage.processors, "processor")
                )
            ]
    }

    private func memory(_ replica: UsageOfReplica) -> String {
        guard let bytes = replica.memoryBytes else { return "" }
        return Words.bytes(bytes) + (replica.memoryBytesMax.map { " of \(Words.bytes($0))" } ?? "")
    }

    private func isFull(_ replica: UsageOfReplica) -> Bool {
        guard let bytes = replica.memoryBytes, let most = replica.memoryBytesMax else { return false }
        return Double(bytes) >= Double(most) * Self.fullShare
    }
}
