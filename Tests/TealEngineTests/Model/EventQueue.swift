/// What is still to happen, by time and, within one moment, in the order in which it was planned.
struct EventQueue {
    struct Item {
        let time: Int64
        let sequence: Int
        let body: () -> Void
    }

    private var heap: [Item] = []
    private var nextSequence = 0

    var isEmpty: Bool { heap.isEmpty }

    mutating func add(at time: Int64, _ body: @escaping () -> Void) {
        heap.append(.init(time: time, sequence: nextSequence, body: body))
        nextSequence += 1
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard comes(child, before: parent) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func popFirst() -> Item? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var parent = 0
        while true {
            let left = parent * 2 + 1
            guard left < heap.count else { return first }
            let right = left + 1
            let child = right < heap.count && comes(right, before: left) ? right : left
            guard comes(child, before: parent) else { return first }
            heap.swapAt(child, parent)
            parent = child
        }
    }

    private func comes(_ one: Int, before other: Int) -> Bool {
        (heap[one].time, heap[one].sequence) < (heap[other].time, heap[other].sequence)
    }
}
