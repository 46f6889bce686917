/// What the load generator recorded.
package struct LoadReport: Hashable, Sendable, Codable {
    package struct Failures: Hashable, Sendable, Codable {
        package struct Example: Hashable, Sendable, Codable {
            package let atNs: Int
            package let what: String
        }

        package let count: Int
        package let examples: [Example]
    }

    package struct Spread: Hashable, Sendable, Codable {
        package let p50: Double
        package let p90: Double
        package let p99: Double
        package let max: Double
    }

    package struct PerRelease: Hashable, Sendable, Codable {
        package let answers: Int
        package let errors: Int
    }

    package let requests: Int
    package let failed: Int
    /// By kind, such as `gateway-error`.
    package let failures: [String: Failures]
    package let reconnects: Int
    package let streams: Int
    package let streamsCut: Int
    package let streamsUnfinished: Int
    package let sse: Int
    package let sseCut: Int
    package let webSockets: Int
    package let webSocketsCut: Int
    package let webSocketsWrong: Int
    /// By code of the close frame.
    package let webSocketsClosed: [String: Int]
    package let webSocketLivesMs: Spread
    package let relayPairs: Int
    package let relayRepairs: Int
    package let relayRepairMs: Int
    package let latencyMs: Spread
    package let late: Int
    package let perRelease: [String: PerRelease]
    package let routedChecked: Bool

    /// Errors that a release answered itself, over all releases.
    package var answeredByRelease: Int { perRelease.values.reduce(0) { $0 + $1.errors } }

    /// What failed, with examples; `nothing` when nothing did.
    package var failuresText: String {
        failures.isEmpty
            ? "nothing"
            : failures.sorted { $0.key < $1.key }.map { kind, entry in
                "\(entry.count) \(kind) (\(entry.examples.prefix(3).map(\.what).joined(separator: "; ")))"
            }.joined(separator: ", ")
    }
}
