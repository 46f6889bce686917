import CTealSystem

/// A system call that failed: which, on what, and why.
package struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was tried, such as `rename`.
    package let operation: String
    /// The path or other object that it was tried on; may be empty.
    package let object: String
    /// The positive errno.
    package let code: Int32

    package init(_ operation: String, on object: String, code: Int32) {
        self.operation = operation
        self.object = object
        self.code = code
    }

    /// The calling thread's last error.
    package static func last(_ operation: String, on object: String) -> SystemError {
        .init(operation, on: object, code: teal_errno())
    }

    /// The system's words for the code, such as `No such file or directory`.
    package var reason: String { String(cString: teal_error_text(code)) }

    package var description: String {
        object.isEmpty ? "\(operation): \(reason)" : "\(operation) \(object): \(reason)"
    }
}

/// Gives a call's result on, or throws when it is a negative errno.
@discardableResult
package func checked(
    _ result: Int32,
    _ operation: String,
    on object: String = ""
) throws(SystemError) -> Int32 {
    guard result >= 0 else { throw .init(operation, on: object, code: -result) }
    return result
}
