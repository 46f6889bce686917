import TealCore

/// Compares a tree with the shape that the specification gives it; every difference is a problem.
struct ShapeCheck {
    let problems: ProblemList

    /// Compares a whole file.
    func checkFile(_ root: ComposeNode) {
        check(root, Shapes.file, NodePath())
        for (key, shape) in Shapes.lenient {
            for entry in root.mapping?[key]?.mapping?.entries ?? [] where Self.isName(entry.key) {
                check(entry.value, shape, NodePath([key, entry.key]))
            }
        }
    }

    func check(_ node: ComposeNode, _ shape: Shape, _ path: NodePath) {
        guard shape.fitsKind(of: node) else { return reportKind(node, shape, path) }
        switch shape {
        case .anything, .kinds: return
        case .whole(let minimum, let maximum):
            guard let value = node.int, value < minimum || value > maximum else { return }
            let range = maximum == .max ? "at least \(minimum)" : "from \(minimum) to \(maximum)"
            problems.add(.value, on: node, path, "the value must be \(range)")
        case .choice(let words):
            guard let text = node.text, !words.contains(text) else { return }
            problems.add(
                .value,
                on: node,
                path,
                "the value must be \(Phrase.oneOf(words.map { "`\($0)`" }))",
                NearestWord.to(text, in: words).map { "Did you mean `\($0)`?" } ?? ""
            )
        case .form(let isFit, let advice):
            guard let text = node.text, !isFit(text) else { return }
            problems.add(.value, on: node, path, "the value has the wrong form", advice)
        case .list(let item, let isUnique): checkList(node.list ?? [], item, isUnique: isUnique, path)
        case .fields(let fields): checkFields(node, fields, path)
        case .named(let item, let isNameFree):
            checkNamed(node.mapping ?? ComposeMapping(), item, isNameFree: isNameFree, path)
        case .either(let shapes):
            guard let shape = shapes.first(where: { $0.fitsKind(of: node) }) else { return }
            check(node, shape, path)
        }
    }

    private func checkList(_ items: [ComposeNode], _ shape: Shape, isUnique: Bool, _ path: NodePath) {
        // Only entries with the same text can be the same, so that long lists are not compared pair by pair.
        var known: [String: [ComposeNode]] = [:]
        for (index, item) in items.enumerated() {
            check(item, shape, path.item(index))
            guard isUnique else { continue }
            let text = item.scalarText ?? ""
            let same = known[text]?.first { $0.isSame(as: item) }
            known[text, default: []].append(item)
            guard let first = same else { continue }
            problems.add(
                .conflict,
                on: item,
                path.item(index),
                "the list says the same twice, first in line \(first.place.line)",
                "Remove one of the two."
            )
        }
    }

    private func checkFields(_ node: ComposeNode, _ fields: Shape.Fields, _ path: NodePath) {
        let mapping = node.mapping ?? ComposeMapping()
        for entry in mapping.entries {
            if let shape = fields.shapes[entry.key] {
                check(entry.value, shape, path.key(entry.key))
            } else if !fields.takesAnything, !(fields.takesExtensions && entry.key.hasPrefix("x-")) {
                reportUnknown(entry, fields, path)
            }
        }
        for key in fields.required where mapping[key] == nil {
            problems.add(.missing, at: node.place, path, "`\(key)` is missing", "Add `\(key)`.")
        }
    }

    private func checkNamed(_ mapping: ComposeMapping, _ shape: Shape, isNameFree: Bool, _ path: NodePath) {
        for entry in mapping.entries {
            if isNameFree ? entry.key.isEmpty : !Self.isName(entry.key) {
                problems.add(
                    .value,
                    at: entry.keyPlace,
                    path.key(entry.key),
                    isNameFree
                        ? "the key is empty"
                        : "the name `\(Phrase.short(entry.key))` has a character that names have not",
                    "Use a-z, A-Z, 0-9, `.`, `_` and `-`."
                )
            }
            check(entry.value, shape, path.key(entry.key))
        }
    }

    private func reportKind(_ node: ComposeNode, _ shape: Shape, _ path: NodePath) {
        let wanted = Phrase.oneOf(shape.kindNames)
        var advice = ""
        if let text = node.scalarText, shape.fitsKind(of: ComposeNode(text, at: node.place)) {
            advice = Self.otherForm(of: node, text, path) ?? "Put it in quotes: `\"\(Phrase.short(text))\"`."
        } else if node.isNull, path.parts.count > 1 {
            advice = "Write a value, or remove the key."
        }
        let place = path.parts.last.map { "`\($0)`" } ?? "the file"
        let subject = path.parts.last?.hasPrefix("[") == true ? "the entry" : place
        problems.add(.value, on: node, path, "\(subject) must be \(wanted), and is \(node.kindName)", advice)
    }

    /// What to write where the same value in quotes would be wrong as well; nil where quotes are right.
    private static func otherForm(of node: ComposeNode, _ text: String, _ path: NodePath) -> String? {
        switch TypedText.keys[path] {
        case .flag?: return "Write `true` or `false`."
        case .whole? where node.int == nil: return "Write a whole number."
        default: break
        }
        if path.parts.last == "restart", node.bool == false { return "Write `\"no\"`, with the quotes." }
        if path.parts.last == "gpus" { return node.int.map { "Write `all`, or `[{count: \($0)}]`." } ?? "Write `all`." }
        if node.bool != nil, path.parts.dropLast().last == "ports" { return "Write a port, such as `\"8080:80\"`." }
        if let key = path.parts.last, durationKeys.contains(key), text != "0" {
            return "Write `\(Phrase.short(text))s` for seconds."
        }
        return nil
    }

    private static let durationKeys: Set<String> = [
        "delay", "interval", "monitor", "start_interval", "start_period", "stop_grace_period", "timeout", "window",
    ]

    private func reportUnknown(_ entry: ComposeMapping.Entry, _ fields: Shape.Fields, _ path: NodePath) {
        // The search for a near word is dear, and nobody would see what it finds.
        guard !problems.isFull else { return }
        let known = fields.shapes.keys.sorted()
        let place = path.parts.isEmpty ? "" : " in `\(path)`"
        let advice: String
        if let near = NearestWord.to(entry.key, in: known) {
            advice = "Did you mean `\(near)`?"
        } else if path.parts.isEmpty, Shapes.service.shapes[entry.key] != nil || entry.value.mapping?["image"] != nil {
            advice = "Services stand below `services:`."
        } else if let hint = Shapes.elsewhere[entry.key] {
            advice = hint
        } else {
            advice =
                fields.takesExtensions
                ? "Remove it, or call it `x-\(entry.key)` if it is yours." : "Known here: \(Phrase.all(known))."
        }
        problems.add(
            .unknownKey,
            at: entry.keyPlace,
            path.key(entry.key),
            "the specification knows no key `\(Phrase.short(entry.key))`\(place)",
            advice
        )
    }

    /// `[a-zA-Z0-9._-]+`.
    private static func isName(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                Byte.isDigit($0) || Byte.beginsName($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
            }
    }
}
