/// A value of the `teal.yml` that is written.
indirect enum DraftValue: Hashable, Sendable {
    case text(String)
    /// A text whose `${NAME}` are variables that Teal fills in.
    case raw(String)
    case integer(Int)
    case decimal(Double)
    case boolean(Bool)
    case list([DraftValue])
    case map(DraftMap)

    static func texts(_ texts: [String]) -> DraftValue { .list(texts.map(DraftValue.text)) }

    var map: DraftMap? {
        guard case .map(let map) = self else { return nil }
        return map
    }
}

/// A mapping whose keys keep their order, each with the remark that stands above it.
struct DraftMap: Hashable, Sendable {
    struct Entry: Hashable, Sendable {
        let key: String
        var value: DraftValue
        var remark: String?
    }

    private(set) var entries: [Entry] = []

    var isEmpty: Bool { entries.isEmpty }

    subscript(key: String) -> DraftValue? {
        get { entries.first { $0.key == key }?.value }
        set {
            let index = entries.firstIndex { $0.key == key }
            switch (newValue, index) {
            case (let value?, let index?): entries[index].value = value
            case (let value?, nil): entries.append(Entry(key: key, value: value, remark: nil))
            case (nil, let index?): entries.remove(at: index)
            case (nil, nil): break
            }
        }
    }

    /// A mapping behind a key, made when something is first put into it.
    subscript(map key: String) -> DraftMap {
        get { self[key]?.map ?? DraftMap() }
        set { self[key] = newValue.isEmpty ? nil : .map(newValue) }
    }

    /// Puts a remark above a key that is there.
    mutating func remark(_ key: String, _ text: String) {
        if let index = entries.firstIndex(where: { $0.key == key }) { entries[index].remark = text }
    }

    /// What has to be laid over `base` by Teal's rules (mappings key by key, everything else replaced) to become this;
    /// `missing` names what this has no more, which cannot be said so.
    func changes(from base: DraftMap, path: String = "") -> (over: DraftMap, missing: [String]) {
        var over = DraftMap()
        var missing: [String] = []
        for entry in entries {
            guard let old = base[entry.key] else {
                over[entry.key] = entry.value
                continue
            }
            if case .map(let inner) = entry.value, case .map(let before) = old {
                let deeper = inner.changes(from: before, path: "\(path)\(entry.key).")
                over[map: entry.key] = deeper.over
                missing += deeper.missing
            } else if entry.value != old {
                over[entry.key] = entry.value
            }
        }
        missing += base.entries.filter { self[$0.key] == nil }.map { path + $0.key }
        return (over, missing)
    }
}
