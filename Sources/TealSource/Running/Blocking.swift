import Foundation
import Synchronization
import TealDriverKit

/// Runs work that blocks on a thread of its own, and waits for it; the cooperative pool does not wait in the kernel.
///
/// - Parameter work: Asks whether its caller has been cancelled; it has limits of its own.
/// - Returns: What the work gives back.
/// - Throws: What the work throws.
func onThread<Value: Sendable>(
    _ work: @escaping @Sendable (_ isCancelled: () -> Bool) throws(SourceError) -> Value
) async throws(SourceError) -> Value {
    let flag = CancelFlag()
    let result: Result<Value, SourceError> = await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                let result = Result { () throws(SourceError) in try work { flag.isSet.load(ordering: .relaxed) } }
                continuation.resume(returning: result)
            }
        }
    } onCancel: {
        flag.isSet.store(true, ordering: .relaxed)
    }
    return try result.get()
}

private final class CancelFlag: Sendable {
    let isSet = Atomic(false)
}

/// The typed form of the standard library's handler.
func withCancellation<Value: Sendable>(
    _ work: () async throws(SourceError) -> Value,
    onCancel: @Sendable () -> Void
) async throws(SourceError) -> Value {
    let result: Result<Value, SourceError> = await withTaskCancellationHandler {
        do throws(SourceError) {
            return .success(try await work())
        } catch {
            return .failure(error)
        }
    } onCancel: {
        onCancel()
    }
    return try result.get()
}
