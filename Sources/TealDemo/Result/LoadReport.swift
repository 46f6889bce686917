/// The load generator's report, as far as the demo uses it.
struct LoadReport: Hashable, Decodable {
    struct Failure: Hashable, Decodable {
        struct Example: Hashable, Decodable { let what: String }
        let count: Int
        let examples: [Example]
    }

    struct Release: Hashable, Decodable {
        let answers: Int
        let errors: Int
    }

    let requests: Int
    let failed: Int
    let failures: [String: Failure]
    let reconnects: Int
    let streams: Int
    let streamsCut: Int
    let sse: Int
    let sseCut: Int
    let webSockets: Int
    let webSocketsCut: Int
    let webSocketsWrong: Int
    let webSocketsClosed: [String: Int]
    let webSocketMessages: Int
    let relayPairs: Int
    let relayRepairs: Int
    let relayRepairMs: Double
    let perRelease: [String: Release]
    let routedChecked: Bool
    let routedBadLines: Int
    let rateAchieved: Double

    /// Streams and event streams that ended before their last line.
    var allStreamsCut: Int { streamsCut + sseCut }

    /// Errors that a release answered itself.
    func errors(of release: String) -> Int { perRelease[release]?.errors ?? 0 }
}
