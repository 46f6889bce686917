package import TealCore

/// What a problem did to the people who use the services.
package enum UserImpact: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
    /// Nothing: what served before still serves.
    case none
    /// They met the new release until it was taken back, or nobody answered them for a while.
    case brief
    /// It may go on until a person acts.
    case ongoing

    /// From the least to the gravest.
    package static func < (one: Self, other: Self) -> Bool {
        (allCases.firstIndex(of: one) ?? 0) < (allCases.firstIndex(of: other) ?? 0)
    }
}

/// A ``Problem`` as RFC 9457 problem details (`application/problem+json`).
package struct ProblemBody: Error, Hashable, Sendable, Codable {
    package static let contentType = "application/problem+json"

    /// `urn:teal:problem:` and the code (RFC 9457 section 3.1.1).
    package let type: String
    /// The code in words; the same for every occurrence.
    package let title: String
    /// The HTTP status that it is answered with.
    package let status: Int
    /// The problem's summary.
    package let detail: String
    package let code: String
    package let at: [String]
    package let next: [String]
    package let userImpact: UserImpact

    /// Makes the body of `problem`.
    ///
    /// - Parameters:
    ///   - problem: What a person is told.
    ///   - userImpact: What it did to users; a request that was refused did nothing.
    ///   - status: The HTTP status; nil for the one that the code has.
    package init(_ problem: Problem, userImpact: UserImpact = .none, status: Int? = nil) {
        type = "urn:teal:problem:\(problem.code)"
        title = String(problem.code.map { $0 == "." || $0 == "-" ? " " : $0 })
        self.status = status ?? Self.status(of: problem.code)
        detail = problem.summary
        code = problem.code
        at = problem.at
        next = problem.next
        self.userImpact = userImpact
    }

    /// The same problem with another summary and impact.
    package func saying(_ detail: String, userImpact: UserImpact) -> ProblemBody {
        ProblemBody(Problem(code, detail, at: at, next: next), userImpact: userImpact, status: status)
    }

    package var problem: Problem { Problem(code, detail, at: at, next: next) }

    /// The status of a code: by what comes after its dot, else 422, for what was understood and refused.
    private static func status(of code: String) -> Int {
        switch code.split(separator: ".").last ?? "" {
        case "not-found", "no-such-release", "no-such-service", "no-such-rollout", "no-such-project": 404
        case "busy", "conflict", "ended": 409
        case "too-large": 413
        case "malformed", "unsupported": 400
        case "version": 426
        case "too-many": 429
        case "internal", "disk-full": 500
        case "stopping", "unavailable": 503
        default: 422
        }
    }
}
