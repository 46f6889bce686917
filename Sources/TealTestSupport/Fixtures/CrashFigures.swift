import Foundation

/// `results/crash.json`: at how many places something was killed, how many crash images were opened, and how many of
/// them went well.
///
/// Each run writes its own part and leaves the others as they are.
package struct CrashFigures: Codable, Sendable {
    /// What a part is about.
    package enum Subject: String, Sendable {
        case processes
        case containers
        case images
    }

    /// One runtime's places, or the images.
    package struct Part: Codable, Sendable {
        /// Places of a rollout, or images.
        package private(set) var points = 0
        package private(set) var passed = 0
        /// Those of which anything failed.
        package private(set) var failed = 0
        /// How often a place was gone through: each victim, alone or again during the recovery, is one.
        package private(set) var rounds = 0
        /// How many rounds there were to be; fewer were done when the run was ended.
        package var planned = 0
        package var seconds = 0.0
        /// The names of the rounds that failed.
        package private(set) var failures: [String] = []
        private var seen: [String: Bool] = [:]

        private enum CodingKeys: String, CodingKey { case points, passed, failed, rounds, planned, seconds, failures }

        package init() {}

        /// Counts a round.
        ///
        /// - Parameters:
        ///   - name: Said with a failure.
        ///   - point: The place that it was about; nil for one of its own.
        ///   - isBad: Whether anything was not as it should be.
        package mutating func note(_ name: String, at point: String? = nil, failed isBad: Bool) {
            rounds += 1
            planned = max(planned, rounds)
            seen[point ?? name, default: true] = seen[point ?? name, default: true] && !isBad
            if isBad { failures.append(name) }
            points = seen.count
            passed = seen.values.count { $0 }
            failed = points - passed
        }
    }

    /// The places of all runtimes together.
    package private(set) var points = 0
    package private(set) var passed = 0
    package private(set) var failed = 0
    package private(set) var runtimes: [String: Part] = [:]
    package private(set) var images: Part?

    package static let path = "results/crash.json"

    package init() {}

    package mutating func set(_ part: Part, of subject: Subject) {
        if subject == .images { images = part } else { runtimes[subject.rawValue] = part }
        points = runtimes.values.map(\.points).reduce(0, +)
        passed = runtimes.values.map(\.passed).reduce(0, +)
        failed = runtimes.values.map(\.failed).reduce(0, +)
    }

    /// Writes a part down beside those that are there.
    package static func record(_ part: Part, of subject: Subject, in path: String = path) throws {
        let url = URL(filePath: path)
        // What cannot be read is of another form, and is made anew.
        let old = (try? Data(contentsOf: url)).flatMap { try? JSONDecoder().decode(Self.self, from: $0) }
        var figures = old ?? Self()
        figures.set(part, of: subject)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try (encoder.encode(figures) + Data("\n".utf8)).write(to: url, options: .atomic)
    }
}
