import Synchronization
import TealAPI
import TealClient
import TealCore

/// Hands artifacts over to the daemon, those that it does not have.
struct ArtifactUpload {
    let client: DaemonClient
    let report: Report

    func send(_ archives: [ArtifactArchive]) async throws(ClientFailure) {
        for archive in archives {
            let name = archive.path.split(separator: "/").last.map(String.init) ?? archive.path
            let size = Words.bytes(archive.lengthBytes)
            guard try await !client.hasArtifact(archive.hash) else {
                report.remark(remark("artifact \(name), \(size): the daemon has it already"))
                continue
            }
            let began = ContinuousClock.now
            let meter = Meter(total: archive.lengthBytes, name: name, console: report.console, format: report.format)
            try await client.storeArtifact(
                archive.hash,
                length: archive.lengthBytes,
                pieces: archive.pieces { meter.add($0) }
            )
            meter.clear()
            let seconds = Words.seconds((ContinuousClock.now - began).inSeconds)
            report.remark(remark("artifact \(name), \(size): handed over in \(seconds)"))
        }
    }

    private func remark(_ text: String) -> String { report.console.errorStyle.dim(text) }
}

/// Shows how far an upload is, on a terminal.
private final class Meter: Sendable {
    private let total: Int
    private let name: String
    private let console: Console
    private let isShown: Bool
    private let state = Mutex((sent: 0, percent: -1))

    init(total: Int, name: String, console: Console, format: OutputFormat) {
        self.total = total
        self.name = name
        self.console = console
        // Smaller ones are over before anybody could read a line.
        isShown = console.terminal.showsErrors && format == .text && total > 8 << 20
    }

    func add(_ count: Int) {
        guard isShown else { return }
        let percent = state.withLock { state -> Int? in
            state.sent += count
            let percent = state.sent * 100 / max(1, total)
            guard percent != state.percent else { return nil }
            state.percent = percent
            return percent
        }
        if let percent { console.draw("\r\u{1B}[2Kartifact \(name): \(percent) % of \(Words.bytes(total))") }
    }

    func clear() { if isShown { console.draw("\r\u{1B}[2K") } }
}
