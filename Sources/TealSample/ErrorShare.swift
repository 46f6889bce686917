/// Spreads a share of errors evenly over requests.
///
/// A share of 0.25 fails every fourth request, the fourth first; 1 fails all. Counting instead of rolling dice
/// makes a run with a given number of requests repeatable.
struct ErrorShare {
    private let share: Double
    private var owed = 0.0

    init(_ share: Double) {
        self.share = share
    }

    /// Whether the next request fails.
    mutating func next() -> Bool {
        owed += share
        // A rounding error of many small additions must not move the first failure by one request.
        guard owed >= 1 - 1e-9 else { return false }
        owed -= 1
        return true
    }
}
