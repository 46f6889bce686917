import Foundation
import TealCore

/// Takeovers that have not ended, on disk before anything of them is done.
struct PortBook: Sendable {
    /// One file, with the form of what follows.
    private struct Contents: Codable {
        var version = 1
        var boot: String
        var takeovers: [PortTakeover]
        /// Nil in a file from before there were such.
        var gaps: [PortGap]?
    }

    /// What was written down last.
    struct Kept: Hashable, Sendable {
        var takeovers: [PortTakeover] = []
        /// The newest gaps, oldest first.
        var gaps: [PortGap] = []
    }

    let path: String

    /// What was written down last.
    ///
    /// - Parameter boot: The present boot. After another one no rule of the packet filter is left, and what it led away is
    ///   the container's again.
    /// - Returns: Nil when it cannot be read.
    func read(in boot: String) -> Kept? {
        guard let data = FileManager.default.contents(atPath: path) else { return Kept() }
        guard let contents = try? JSONDecoder().decode(Contents.self, from: data), contents.version == 1 else {
            return nil
        }
        var kept = Kept(takeovers: contents.takeovers, gaps: contents.gaps ?? [])
        guard contents.boot != boot else { return kept }
        kept.takeovers = kept.takeovers.map { takeover in
            var takeover = takeover
            if case .redirected = takeover.state { takeover.state = .agreed }
            if case .stopping = takeover.state { takeover.state = .stopping(standIn: nil) }
            return takeover
        }
        return kept
    }

    /// Writes all of them down.
    ///
    /// - Returns: The system's error, 0 for none.
    func write(_ kept: Kept, in boot: String) -> Int32 {
        let contents = Contents(
            boot: boot,
            takeovers: kept.takeovers.sorted { $0.place < $1.place },
            gaps: kept.gaps.isEmpty ? nil : kept.gaps
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        // Nothing in it can fail to be encoded.
        guard let data = try? encoder.encode(contents) else { return EINVAL }
        return TextFile.replace(path, with: String(decoding: data, as: UTF8.self) + "\n", mode: 0o600)
    }
}
