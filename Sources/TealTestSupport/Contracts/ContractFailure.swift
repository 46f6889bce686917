/// A clause of a contract that does not hold.
package struct ContractFailure: Error, CustomStringConvertible {
    package let description: String

    package init(_ text: String, fileID: String = #fileID, line: Int = #line) {
        description = "\(text) (\(fileID):\(line))"
    }
}

/// Throws unless the condition holds.
package func expect(
    _ condition: Bool,
    _ text: @autoclosure () -> String,
    fileID: String = #fileID,
    line: Int = #line
) throws {
    guard condition else { throw ContractFailure(text(), fileID: fileID, line: line) }
}

/// Throws unless two values are equal.
package func expectEqual<Value: Equatable>(
    _ found: Value,
    _ wanted: Value,
    _ what: String,
    fileID: String = #fileID,
    line: Int = #line
) throws {
    guard found != wanted else { return }
    throw ContractFailure("\(what) is \(found) instead of \(wanted)", fileID: fileID, line: line)
}

/// Throws unless the work throws an error that fits.
package func expectThrows<Value, Failure: Error>(
    _ what: String,
    fileID: String = #fileID,
    line: Int = #line,
    _ work: () async throws(Failure) -> Value,
    matching fits: (Failure) -> Bool
) async throws {
    do {
        let value = try await work()
        throw ContractFailure("\(what): no error, but \(value)", fileID: fileID, line: line)
    } catch let failure as Failure {
        guard fits(failure) else {
            throw ContractFailure("\(what): another error, \(failure)", fileID: fileID, line: line)
        }
    }
}
