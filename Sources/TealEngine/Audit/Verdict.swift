package import TealCore

/// What an audit says of one invariant.
package enum Verdict: Hashable, Sendable {
    case held
    /// What does not hold, never empty.
    case broken([Breach])
    /// Nothing was found, and not everything could be seen: why not, in words that go on after "because".
    case unseen(String)

    package var breaches: [Breach] { if case .broken(let breaches) = self { breaches } else { [] } }
}

/// One thing by which an invariant does not hold.
package struct Breach: Hashable, Sendable {
    package let text: String
    /// Whose it is; nil for the host.
    package let service: ServiceKey?
    /// Where the records and what runs differ; nil for anything else.
    package var drift: Drift?
    /// What can be done about it without a person; nil when nothing can.
    package var mend: Mend?
    package var next: [String] = []
    /// Whether everything works all the same.
    package var isMild = false

    package init(_ text: String, of service: ServiceKey?) {
        self.text = text
        self.service = service
    }
}
