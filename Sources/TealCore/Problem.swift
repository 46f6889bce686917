/// What a person is told when something could not be done: what happened, where, and what to do next.
///
/// CLI, API (RFC 9457 problem details) and dashboard show the same text.
package struct Problem: Error, Hashable, Sendable, Codable, CustomStringConvertible {
    /// Stable, for scripts and `docs/errors.md`: `area.what`, such as `deploy.health-timeout`.
    package let code: String
    /// One sentence that says first whether the app's users were affected; no full stop.
    package let summary: String
    /// Where it was found: files with lines, hosts, replicas, probes.
    ///
    /// May be empty.
    package let at: [String]
    /// What to do next: commands or lines to edit.
    ///
    /// May be empty.
    package let next: [String]

    package init(_ code: String, _ summary: String, at: [String] = [], next: [String] = []) {
        self.code = code
        self.summary = summary
        self.at = at
        self.next = next
    }

    /// The text for a terminal, several lines, without a line end at the end.
    package var description: String {
        var lines = ["error: \(summary) [\(code)]"]
        lines += at.enumerated().map { ($0.offset == 0 ? "  at:   " : "        ") + $0.element }
        lines += next.enumerated().map { ($0.offset == 0 ? "  next: " : "        ") + $0.element }
        return lines.joined(separator: "\n")
    }
}
