/// The entries of a mapping in the order in which they were written, each key once.
struct ComposeMapping: Sendable {
    struct Entry: Sendable {
        let key: String
        let keyPlace: SourcePlace
        var value: ComposeNode
    }

    private(set) var entries: [Entry] = []
    private var positions: [String: Int] = [:]

    init() {}

    init(_ pairs: [(String, ComposeNode)]) { for (key, value) in pairs { self[key] = value } }

    var isEmpty: Bool { entries.isEmpty }
    var count: Int { entries.count }
    var keys: [String] { entries.map(\.key) }

    /// The value of a key; a new key goes to the end, and nil removes one.
    subscript(key: String) -> ComposeNode? {
        get { positions[key].map { entries[$0].value } }
        set {
            guard let newValue else { return remove(key) }
            if let position = positions[key] {
                entries[position].value = newValue
            } else {
                add(Entry(key: key, keyPlace: newValue.place, value: newValue))
            }
        }
    }

    /// Adds an entry, or replaces the one of the same key.
    mutating func add(_ entry: Entry) {
        if let position = positions[entry.key] {
            entries[position] = entry
        } else {
            positions[entry.key] = entries.count
            entries.append(entry)
        }
    }

    func keyPlace(of key: String) -> SourcePlace? { positions[key].map { entries[$0].keyPlace } }

    mutating func remove(_ key: String) {
        guard let position = positions[key] else { return }
        entries.remove(at: position)
        positions = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($0.element.key, $0.offset) })
    }

    /// The same keys with other values; an entry for which `change` gives nil is left out.
    func compactMapValues(_ change: (Entry) -> ComposeNode?) -> ComposeMapping {
        var result = ComposeMapping()
        for entry in entries {
            guard let value = change(entry) else { continue }
            result.add(Entry(key: entry.key, keyPlace: entry.keyPlace, value: value))
        }
        return result
    }
}
