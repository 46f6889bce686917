#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What is written to `results/demo.json`.
struct DemoResult: Hashable, Encodable {
    struct Release: Hashable, Encodable {
        let name: String
        let outcome: String
        let seconds: Double
        let reason: String
    }

    let runtime: String
    let releases: [Release]
    let requests: Int
    let failed: Int
    let streamsCut: Int
    let webSocketsCut: Int
    let reconnects: Int
    /// Errors that the release which is bad under traffic answered itself; not among `failed`.
    let answeredByBadRelease: Int

    init(_ runtime: DemoRuntime, _ results: [ActResult], _ report: LoadReport) {
        self.runtime = runtime.name
        releases = results.map {
            Release(
                name: $0.act.name,
                outcome: $0.outcome,
                seconds: ($0.seconds * 1000).rounded() / 1000,
                reason: $0.reason
            )
        }
        requests = report.requests
        failed = report.failed
        streamsCut = report.allStreamsCut
        webSocketsCut = report.webSocketsCut
        reconnects = report.reconnects
        answeredByBadRelease = report.errors(of: Story.badRelease)
    }

    /// Writes it as JSON, and makes the directory it is in.
    func write(to path: String) throws(DemoFailure) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            let url = URL(filePath: path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try (encoder.encode(self) + Data("\n".utf8)).write(to: url, options: .atomic)
        } catch {
            throw .refused(what: path, why: "\(error)")
        }
    }
}
