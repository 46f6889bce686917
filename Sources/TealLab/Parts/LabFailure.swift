/// What the lab could not do.
package struct LabFailure: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// Waits until a condition holds, looking every 10 ms.
///
/// - Throws: ``LabFailure`` with `what` after `limit`, or what the condition throws.
package func until(
    _ what: @autoclosure () -> String,
    within limit: Duration = .seconds(20),
    _ holds: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !holds() {
        guard ContinuousClock.now < deadline else { throw LabFailure("not within \(limit): \(what())") }
        try await Task.sleep(for: .milliseconds(10))
    }
}

/// Does `work`, for `limit` at most; the work is cancelled then.
///
/// - Throws: ``LabFailure`` with `what` after `limit`, or what the work throws.
package func within<Value: Sendable>(
    _ limit: Duration,
    _ what: String,
    _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await work() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() ?? nil else { throw LabFailure("not within \(limit): \(what)") }
        return value
    }
}
