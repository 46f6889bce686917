import Foundation

/// What the load generator recorded.
package struct LoadReport: Hashable, Sendable, Codable {
    /// What it was to do.
    package struct Asked: Hashable, Sendable, Codable {
        package let rate: Int
        package let streams: Int
        package let sse: Int
        package let webSockets: Int
        package let relayPairs: Int
        /// Whether answers were to be held against what was routed.
        package let routed: Bool
    }

    package struct Failures: Hashable, Sendable, Codable {
        package struct Example: Hashable, Sendable, Codable {
            package let atNs: Int
            package let what: String
        }

        package let count: Int
        /// On `CLOCK_MONOTONIC`, like all times here: when the first of them was due.
        package let firstNs: Int
        package let lastNs: Int
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
        /// When the first request was sent that it answered.
        package let firstNs: Int
        package let lastNs: Int
    }

    /// How a WebSocket ended that the generator wanted to keep.
    package struct WebSocketEnd: Hashable, Sendable, Codable {
        package let atNs: Int
        package let livedMs: Int
        /// `cut`, or `close` and a code.
        package let how: String
        /// Such as `websocket 0` or `relay 1`.
        package let of: String

        /// When it was opened.
        package var openedNs: Int { atNs - livedMs * 1_000_000 }
    }

    package let asked: Asked
    package let requests: Int
    /// Those of the open loop, without the openings of streams and sockets.
    package let scheduled: Int
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
    /// Those that were open to the end.
    package let webSocketsKept: Int
    /// Messages that came back as they were sent.
    package let webSocketMessages: Int
    /// By code of the close frame.
    package let webSocketsClosed: [String: Int]
    package let webSocketLivesMs: Spread
    /// The first 4096.
    package let webSocketEnds: [WebSocketEnd]
    package let relayPairs: Int
    package let relayRepairs: Int
    package let relayRepairMs: Int
    package let latencyMs: Spread
    package let late: Int
    package let perRelease: [String: PerRelease]
    /// Whether it was checked that only routed releases answered.
    package let routedChecked: Bool
    /// Requests of the open loop that were sent in a second.
    package let rateAchieved: Double
    package let startedNs: Int
    package let endedNs: Int

    /// Reads what the generator has written.
    package init(path: String) throws {
        self = try JSONDecoder().decode(LoadReport.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// Errors that a release answered itself, over all releases.
    package var answeredByRelease: Int { perRelease.values.reduce(0) { $0 + $1.errors } }

    /// Answers of all releases.
    package var answers: Int { perRelease.values.reduce(0) { $0 + $1.answers } }

    package var seconds: Double { Double(endedNs - startedNs) / 1e9 }

    /// When the first failed request was due and when the last one was; nil when none failed.
    package var failedBetweenNs: ClosedRange<Int>? {
        guard let first = failures.values.map(\.firstNs).min(), let last = failures.values.map(\.lastNs).max() else {
            return nil
        }
        return first...last
    }

    /// Seconds from the first failed request to the last one.
    package var failedSeconds: Double { failedBetweenNs.map { Double($0.upperBound - $0.lowerBound) / 1e9 } ?? 0 }

    /// What failed, with examples; `nothing` when nothing did.
    package var failuresText: String {
        failures.isEmpty
            ? "nothing"
            : failures.sorted { $0.key < $1.key }.map { kind, entry in
                "\(entry.count) \(kind) (\(entry.examples.prefix(3).map(\.what).joined(separator: "; ")))"
            }.joined(separator: ", ")
    }
}
