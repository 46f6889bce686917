/// What did not come true in time.
package struct NeverHappened: Error, CustomStringConvertible {
    package let description: String
}

/// Waits until a condition holds, looking every 10 ms, for `limit` at most.
///
/// Throws ``NeverHappened``, in whose text `what` is named, or what the condition throws.
package func eventually(
    within limit: Duration = .seconds(10),
    _ what: @autoclosure () -> String = "the condition",
    fileID: String = #fileID,
    line: Int = #line,
    _ condition: () async throws -> Bool
) async throws {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    while true {
        if try await condition() { return }
        guard clock.now < deadline else {
            throw NeverHappened(description: "\(what()) did not happen within \(limit) (\(fileID):\(line))")
        }
        try await Task.sleep(for: .milliseconds(10))
    }
}

/// Waits for a value, looking every 10 ms.
package func eventuallySome<Value>(
    within limit: Duration = .seconds(10),
    _ what: @autoclosure () -> String = "a value",
    fileID: String = #fileID,
    line: Int = #line,
    _ find: () async throws -> Value?
) async throws -> Value {
    var found: Value?
    try await eventually(within: limit, what(), fileID: fileID, line: line) {
        found = try await find()
        return found != nil
    }
    guard let found else { throw NeverHappened(description: what()) }
    return found
}
