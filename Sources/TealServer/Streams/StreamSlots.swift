import Synchronization
import TealAPI
import TealCore

/// Counts the open streams, so that they cannot take every connection.
final class StreamSlots: Sendable {
    private let open = Mutex(0)
    private let openMax: Int

    init(openMax: Int = APILimits.streamsMax) { self.openMax = openMax }

    /// Takes a place.
    ///
    /// - Returns: What gives the place back when it is let go of, whether or not the stream was ever sent.
    func take() throws(Problem) -> Place {
        let taken = open.withLock { count in
            guard count < openMax else { return false }
            count += 1
            return true
        }
        guard taken else { throw APIProblem.tooManyStreams(openMax) }
        return Place(slots: self)
    }

    /// One open stream.
    final class Place: Sendable {
        private let slots: StreamSlots

        fileprivate init(slots: StreamSlots) { self.slots = slots }

        deinit { slots.open.withLock { $0 -= 1 } }
    }
}
