/// Checks the host, and mends what it can: `POST /v1/doctor`.
package struct DoctorRequest: Hashable, Sendable, Codable {
    /// False only says what would be mended.
    package let fix: Bool
    /// The fixes that may be carried out, in the words of ``DoctorFinding/fix``; nil for all that are offered.
    package let fixes: [String]?

    package init(fix: Bool, fixes: [String]? = nil) {
        self.fix = fix
        self.fixes = fixes
    }
}

/// What the checks found.
package struct DoctorView: Hashable, Sendable, Codable {
    package let checks: [DoctorCheck]
    /// Whether the fixes were carried out; the checks are then from after them.
    package let fixed: Bool

    package init(checks: [DoctorCheck], fixed: Bool) {
        self.checks = checks
        self.fixed = fixed
    }

    /// The fixes that the findings offer, in order.
    package var fixes: [String] { checks.flatMap(\.findings).compactMap(\.fix) }
    /// Whether any finding is an error, or an invariant is broken.
    package var hasErrors: Bool {
        checks.contains { $0.verdict == .broken || $0.findings.contains { $0.severity == .error } }
    }
}

/// One check, such as an invariant or the disk.
package struct DoctorCheck: Hashable, Sendable, Codable {
    /// What is said of an invariant.
    package enum Verdict: String, Hashable, Sendable, Codable, CaseIterable {
        case held
        /// The findings say by what.
        case broken
        /// It cannot be seen here, or not whole.
        case unseen
    }

    /// What holds when there are no findings, such as `Routes name only running, proven replicas`.
    package let name: String
    package let findings: [DoctorFinding]
    /// What is said of the invariant that it is about; nil for any other check.
    package let verdict: Verdict?
    /// Why it cannot be seen, in words that go on after "because"; nil when it can.
    package let because: String?

    package init(name: String, findings: [DoctorFinding], verdict: Verdict? = nil, because: String? = nil) {
        self.name = name
        self.findings = findings
        self.verdict = verdict
        self.because = because
    }
}

/// Something that a check found.
package struct DoctorFinding: Hashable, Sendable, Codable {
    package enum Severity: String, Hashable, Sendable, Codable, CaseIterable {
        /// Works, but look.
        case warning
        /// A promise does not hold.
        case error
    }

    package let severity: Severity
    package let text: String
    /// What `--fix` would do, such as `stop web-blue-1`, the same words for the same thing; nil when a person has to.
    package let fix: String?
    /// What a person can do; may be empty.
    package let next: [String]

    package init(severity: Severity, text: String, fix: String?, next: [String]) {
        self.severity = severity
        self.text = text
        self.fix = fix
        self.next = next
    }
}
