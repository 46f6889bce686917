import Synchronization
import Testing

/// How many issues the tests that carry ``Testing/Trait/counted`` have had, so that each of their rounds can be told apart.
enum CountedIssues {
    private static let total = Atomic<Int>(0)

    static var count: Int { total.load(ordering: .sequentiallyConsistent) }

    static func note() { total.add(1, ordering: .sequentiallyConsistent) }
}

extension Trait where Self == IssueHandlingTrait {
    /// Counts what the test finds wrong, and leaves it as it is.
    static var counted: Self {
        .compactMapIssues { issue in
            CountedIssues.note()
            return issue
        }
    }
}
