import TealCore

extension Fields {
    /// Texts; whole numbers among them are taken as texts.
    func texts(_ key: String) -> [String] {
        guard let node = node(key) else { return [] }
        let items = node.list ?? [node]
        return items.enumerated().compactMap { index, item in
            switch item.content {
            case .string(let text): return text
            case .int(let number): return String(number)
            default:
                problems.add(
                    .value,
                    on: item,
                    path.key(key).item(index),
                    "the entry must be a text",
                    "Put it in quotes."
                )
                return nil
            }
        }
    }

    /// A command: nil when it is not set, empty when it was set to nothing.
    func command(_ key: String) -> [String]? {
        guard let node = node(key) else { return nil }
        guard let text = node.text else { return texts(key) }
        guard let words = CommandWords(parsing: text) else {
            report(node, key, must: "a command whose quotes and brackets end", "Write it as a list of words.")
            return nil
        }
        if let cut = words.cut {
            let sign = text.unicodeScalars.dropFirst(cut).first.map { "\($0)" } ?? ""
            problems.warn(
                at: node.place,
                path.key(key),
                "no shell reads this, so it ends before `\(sign)`; write [\"sh\", \"-c\", \"…\"] for one that does"
            )
        }
        return words.words
    }

    /// `NAME: value` or `NAME=value`; a name alone has an empty value.
    func pairs(_ key: String) -> [String: String] { variables(key, allowsBlanks: true).mapValues { $0 ?? "" } }

    /// `NAME: value` or `NAME=value`; a name alone has none.
    func variables(_ key: String, allowsBlanks: Bool = false) -> [String: String?] {
        guard let node = node(key) else { return [:] }
        var result: [String: String?] = [:]
        for entry in node.mapping?.entries ?? [] { result.updateValue(entry.value.scalarText, forKey: entry.key) }
        for (index, item) in (node.list ?? []).enumerated() {
            guard let text = item.scalarText else { continue }
            let name = String(text.prefix { $0 != "=" })
            if name.unicodeScalars.last?.properties.isWhitespace == true, !allowsBlanks {
                problems.add(
                    .value,
                    at: item.place,
                    path.key(key).item(index),
                    "the name `\(Phrase.short(name))` ends with a space",
                    "Write `NAME=value` without spaces."
                )
            }
            result.updateValue(name == text ? nil : String(text.dropFirst(name.count + 1)), forKey: name)
        }
        return result
    }

    /// `NAME: value`, where values are texts or whole numbers.
    func strictPairs(_ key: String) -> [String: String] {
        var result: [String: String] = [:]
        for entry in node(key)?.mapping?.entries ?? [] {
            switch entry.value.content {
            case .string(let text): result[entry.key] = text
            case .int(let number): result[entry.key] = String(number)
            case .null: result[entry.key] = ""
            default:
                problems.add(
                    .value,
                    on: entry.value,
                    path.key(key).key(entry.key),
                    "the value must be a text",
                    "Put it in quotes."
                )
            }
        }
        return result
    }

    /// Host names with their addresses: `name=address`, `name:address`, or a mapping.
    func hosts(_ key: String) -> [String: [String]] {
        guard let node = node(key) else { return [:] }
        var result: [String: [String]] = [:]
        func add(_ host: String, _ addresses: [String], _ node: ComposeNode, _ path: NodePath) {
            guard !host.isEmpty, !host.contains(":"), !host.contains("=") else {
                problems.add(.value, at: node.place, path, "`\(Phrase.short(host))` is no host name")
                return
            }
            result[host, default: []] += addresses.map {
                $0.count > 2 && $0.hasPrefix("[") && $0.hasSuffix("]") ? String($0.dropFirst().dropLast()) : $0
            }
        }
        for entry in node.mapping?.entries ?? [] {
            let addresses = entry.value.list?.compactMap(\.scalarText) ?? [entry.value.scalarText ?? ""]
            add(entry.key, addresses, entry.value, path.key(key).key(entry.key))
        }
        for (index, item) in (node.list ?? []).enumerated() {
            let text = item.scalarText ?? ""
            let path = path.key(key).item(index)
            guard let sign = text.firstIndex(of: "=") ?? text.firstIndex(of: ":") else {
                problems.add(.value, on: item, path, "the host has no address", "Write `name=address`.")
                continue
            }
            let addresses = text[text.index(after: sign)...].split(separator: ",", omittingEmptySubsequences: false)
            add(String(text[..<sign]), addresses.map(String.init), item, path)
        }
        return result
    }

    /// A part below a key; nil when it is not there or null.
    func part<Part: ComposePart>(_ key: String, as type: Part.Type = Part.self) -> Part? {
        guard let node = node(key), let mapping = node.mapping else { return nil }
        return Part(Fields(mapping: mapping, place: node.place, path: path.key(key), problems: problems))
    }

    func parts<Part: ComposePart>(_ key: String, as type: Part.Type = Part.self) -> [Part] {
        (node(key)?.list ?? []).enumerated().compactMap { index, item in
            guard let mapping = item.mapping else { return nil }
            return Part(
                Fields(mapping: mapping, place: item.place, path: path.key(key).item(index), problems: problems)
            )
        }
    }

    /// The parts below a key by their names; one that is null is as if it were empty.
    func named<Part: ComposePart>(_ key: String, as type: Part.Type = Part.self) -> [String: Part] {
        optionalNamed(key).compactMapValues { $0 }
    }

    /// The parts below a key by their names; nil for one that is null.
    func optionalNamed<Part: ComposePart>(_ key: String, as type: Part.Type = Part.self) -> [String: Part?] {
        var result: [String: Part?] = [:]
        for entry in node(key)?.mapping?.entries ?? [] {
            let path = path.key(key).key(entry.key)
            let part = entry.value.mapping.map {
                Part(Fields(mapping: $0, place: entry.value.place, path: path, problems: problems))
            }
            result.updateValue(part, forKey: entry.key)
        }
        return result
    }
}
