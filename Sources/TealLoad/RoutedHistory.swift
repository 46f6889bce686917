/// Which releases were routed at which time, as the driver of the run wrote it down.
struct RoutedHistory: Equatable {
    private struct Entry: Equatable {
        let from: UInt64
        let releases: Set<String>
    }

    private var entries: [Entry] = []
    /// Lines that were no entry.
    private(set) var badLines = 0

    /// Reads lines of `<monotonic ns> <release>[,<release>…]`, in any order; empty lines are passed over.
    init(text: String) {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, let time = UInt64(parts[0]) else {
                badLines += 1
                continue
            }
            let releases = parts[1].split { $0 == "," || $0 == " " }.map(String.init)
            entries.append(Entry(from: time, releases: Set(releases)))
        }
        entries.sort { $0.from < $1.from }
    }

    /// Whether it can be told by it what was routed: it has an entry, and nothing that is none.
    var isUsable: Bool { !entries.isEmpty && badLines == 0 }

    /// Whether the release was routed at any moment from sending to receiving, both included.
    ///
    /// The first entry also holds for all time before it; without any entry nothing was routed.
    func allows(_ release: String, sent: UInt64, received: UInt64) -> Bool {
        // The last entry at or before the sending holds when the request is sent.
        var low = 0
        var high = entries.count
        while low + 1 < high {
            let middle = (low + high) / 2
            if entries[middle].from <= sent { low = middle } else { high = middle }
        }
        while low < entries.count, low == 0 || entries[low].from <= max(sent, received) {
            if entries[low].releases.contains(release) { return true }
            low += 1
        }
        return false
    }
}
