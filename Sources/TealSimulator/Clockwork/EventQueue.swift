/// What is still to happen, by time and, within one moment, in the order in which it was planned.
struct EventQueue<Event> {
    private struct Item {
        let time: Int64
        let sequence: Int
        let event: Event
    }

    private var heap: [Item] = []
    private var nextSequence = 0

    var count: Int { heap.count }

    mutating func add(_ event: Event, at time: Int64) {
        heap.append(.init(time: time, sequence: nextSequence, event: event))
        nextSequence += 1
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard comes(child, before: parent) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes out the first event if it is due by `end`.
    mutating func popFirst(by end: Int64) -> (time: Int64, event: Event)? {
        guard let first = heap.first, first.time <= end else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return (first.time, first.event) }
        heap[0] = last
        sink()
        return (first.time, first.event)
    }

    private mutating func sink() {
        var parent = 0
        while true {
            let left = parent * 2 + 1
            guard left < heap.count else { return }
            let right = left + 1
            let child = right < heap.count && comes(right, before: left) ? right : left
            guard comes(child, before: parent) else { return }
            heap.swapAt(child, parent)
            parent = child
        }
    }

    private func comes(_ one: Int, before other: Int) -> Bool {
        (heap[one].time, heap[one].sequence) < (heap[other].time, heap[other].sequence)
    }
}
