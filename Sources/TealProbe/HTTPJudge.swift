package import TealCore
package import TealDriverKit

/// Says what an answer is worth against what was expected of it; the first thing that differs is the reason.
///
/// The order is status, headers, JSON fields (by path), body pattern, latency: what says most about the service comes
/// first.
package struct HTTPJudge: Sendable {
    /// How much of a body a person is shown, in characters.
    package static let shownCharactersMax = 200
    /// How much of a body a pattern is searched in, in bytes: a search cannot be stopped once it has begun.
    package static let patternBytesMax = 256 << 10

    package let expectation: HTTPExpectation

    package init(_ expectation: HTTPExpectation) {
        self.expectation = expectation
    }

    /// Judges one whole answer.
    package func verdict(on answer: HTTPAnswer) -> ProbeResult {
        if let failure = statusFailure(answer) ?? headerFailure(answer) ?? fieldFailure(answer)
            ?? patternFailure(answer) ?? latencyFailure(answer)
        {
            return .failed(failure)
        }
        return .passed(latency: answer.latency)
    }

    private func statusFailure(_ answer: HTTPAnswer) -> ProbeFailure? {
        let accepted = expectation.statuses
        guard accepted.isEmpty ? !(200...299).contains(answer.status) : !accepted.contains(answer.status) else {
            return nil
        }
        if (300...399).contains(answer.status), let place = answer.values(of: "location").first {
            return .redirected(status: answer.status, to: Self.cut(place))
        }
        return .status(answer.status)
    }

    private func headerFailure(_ answer: HTTPAnswer) -> ProbeFailure? {
        for (name, expected) in expectation.answerHeaders.sorted(by: { $0.key < $1.key }) {
            let values = answer.values(of: name)
            // A repeated header means the same as one with its values joined (RFC 9110 section 5.3).
            let joined = values.joined(separator: ", ")
            guard !values.contains(expected), values.isEmpty || joined != expected else { continue }
            return .headerDiffers(name: name, expected: expected, got: values.isEmpty ? nil : Self.cut(joined))
        }
        return nil
    }

    private func fieldFailure(_ answer: HTTPAnswer) -> ProbeFailure? {
        guard !expectation.jsonFields.isEmpty else { return nil }
        let body = JSONValue(parsing: answer.body)
        for (path, text) in expectation.jsonFields.sorted(by: { $0.key < $1.key }) {
            let expected = "\(path) = \(text)"
            guard let body else {
                return .bodyDiffers(expected: expected, got: Self.cut("no JSON: ", answer.body))
            }
            guard let field = body.field(at: path) else {
                return .bodyDiffers(expected: expected, got: Self.cut("no \(path) in ", answer.body))
            }
            // An expectation that is no JSON itself equals nothing; the configuration's check has refused it before.
            guard let wanted = JSONValue(parsing: Array(text.utf8)), wanted == field else {
                return .bodyDiffers(expected: expected, got: Self.cut("\(path) = \(field)"))
            }
        }
        return nil
    }

    private func patternFailure(_ answer: HTTPAnswer) -> ProbeFailure? {
        guard let pattern = expectation.bodyPattern else { return nil }
        let expected = "a match of /\(pattern)/"
        do {
            let text = String(decoding: answer.body.prefix(Self.patternBytesMax), as: UTF8.self)
            let regex = try Regex(pattern)
            if try regex.firstMatch(in: text) != nil { return nil }
            return .bodyDiffers(expected: expected, got: Self.cut("", answer.body))
        } catch {
            return .bodyDiffers(expected: expected, got: "the pattern cannot be used: \(error)")
        }
    }

    private func latencyFailure(_ answer: HTTPAnswer) -> ProbeFailure? {
        guard let limit = expectation.latencyMax, answer.latency > limit else { return nil }
        return .tooSlow(answer.latency, limit: limit)
    }

    private static func cut(_ text: String) -> String {
        text.count <= shownCharactersMax ? text : text.prefix(shownCharactersMax - 1) + "…"
    }

    private static func cut(_ start: String, _ body: [UInt8]) -> String {
        // A character has at most a few bytes; a long run of combining marks is cut early, which nobody misses.
        cut(start + String(decoding: body.prefix(shownCharactersMax * 4), as: UTF8.self))
    }
}
