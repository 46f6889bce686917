import TealCore

extension Section {
    /// The text of a key; nil when it is not there, or with a finding when it is no text.
    func text(_ name: String) -> String? { node(name).flatMap { text(of: $0, for: name) } }

    func integer(_ name: String) -> Int? { node(name).flatMap { integer(of: $0, for: name) } }

    func boolean(_ name: String) -> Bool? {
        guard let node = node(name), let text = text(of: node, for: name) else { return nil }
        switch text {
        case "true", "True", "TRUE": return true
        case "false", "False", "FALSE": return false
        default:
            let meant = ["yes", "on", "1", "y"].contains(text.lowercased())
            let isWord = meant || ["no", "off", "0", "n"].contains(text.lowercased())
            reportValue(node, for: name, isWord ? "Write `\(name): \(meant)`." : nil)
            return nil
        }
    }

    func number(_ name: String) -> Double? {
        guard let node = node(name), let text = text(of: node, for: name) else { return nil }
        guard case .number(let range)? = type(name), let number = DecimalText.parse(text), range.contains(number) else {
            reportValue(node, for: name)
            return nil
        }
        return number
    }

    func share(_ name: String) -> Double? {
        guard let node = node(name), let text = text(of: node, for: name) else { return nil }
        let isPercent = text.hasSuffix("%")
        guard let number = DecimalText.parse(isPercent ? text.dropLast() : text[...]),
            (0...(isPercent ? 100 : 1)).contains(number)
        else {
            reportValue(node, for: name)
            return nil
        }
        return isPercent ? number / 100 : number
    }

    func duration(_ name: String) -> Duration? {
        guard let node = node(name), let text = text(of: node, for: name) else { return nil }
        guard case .duration(let range)? = type(name) else { return nil }
        do {
            let duration = try DurationText.parse(text)
            if range.contains(duration) { return duration }
            reportValue(node, for: name)
        } catch .noUnit(let digits) where text != "0" {
            findings.add(
                .value,
                on: node,
                "`\(name)` needs a unit: \(digits) of what?",
                "Write `\(name): \(digits)s` for seconds; the units are ms, s, m, h and d."
            )
        } catch .noUnit {
            if range.contains(.zero) { return .zero }
            reportValue(node, for: name)
        } catch {
            reportValue(node, for: name)
        }
        return nil
    }

    func size(_ name: String) -> Int? {
        guard let node = node(name), let text = text(of: node, for: name) else { return nil }
        guard case .size(let range)? = type(name) else { return nil }
        do {
            let size = try SizeText.parse(text)
            if range.contains(size) { return size }
            reportValue(node, for: name)
        } catch .noUnit(let digits) where text != "0" {
            findings.add(
                .value,
                on: node,
                "`\(name)` needs a unit: \(digits) of what?",
                "Write `\(name): \(digits)m` for MiB; the units are b, k, m, g and t."
            )
        } catch .noUnit {
            if range.contains(0) { return 0 }
            reportValue(node, for: name)
        } catch {
            reportValue(node, for: name)
        }
        return nil
    }

    /// One of a closed set of words.
    func choice<Choice: RawRepresentable<String>>(_ name: String, as _: Choice.Type = Choice.self) -> Choice? {
        node(name).flatMap { choice(of: $0, for: name) }
    }

    func choice<Choice: RawRepresentable<String>>(of node: ConfigurationNode, for name: String) -> Choice? {
        guard let text = text(of: node, for: name) else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        reportChoice(node, for: name, text)
        return nil
    }

    /// Reports a word that is not one of the key's choices.
    func reportChoice(_ node: ConfigurationNode, for name: String, _ text: String) {
        guard case .choice(let words)? = type(name) else { return reportValue(node, for: name) }
        reportValue(node, for: name, NearestWord.to(text, in: words).map { "Did you mean `\($0)`?" })
    }

    func checkedName<Kind>(_ name: String, as _: Kind.Type = Kind.self) -> Name<Kind>? {
        node(name).flatMap { checkedName(of: $0, for: name) }
    }

    func checkedName<Kind>(of node: ConfigurationNode, for name: String, as _: Kind.Type = Kind.self) -> Name<Kind>? {
        guard let text = text(of: node, for: name) else { return nil }
        do {
            return try Name<Kind>(parsing: text)
        } catch {
            findings.add(.value, on: node, "`\(name)` is not a name: \(error)", NameAdvice.instead(of: text))
            return nil
        }
    }

    /// The scalars of a list, or the one scalar that stands for a list of one.
    func items(_ name: String) -> [ConfigurationNode] {
        guard let node = node(name) else { return [] }
        switch node.content {
        case .sequence(let items): return items
        case .scalar(let scalar) where !scalar.isNull: return [node]
        case .scalar, .mapping:
            reportValue(node, for: name)
            return []
        }
    }

    /// The elements of a list; a finding when it is none.
    func list(_ name: String) -> [ConfigurationNode] {
        guard let node = node(name) else { return [] }
        guard case .sequence(let items) = node.content else {
            reportValue(node, for: name)
            return []
        }
        return items
    }

    /// The entries of a mapping by free names.
    func map(_ name: String) -> [ConfigurationNode.Entry] {
        guard let node = node(name) else { return [] }
        guard let entries = node.entries else {
            reportValue(node, for: name)
            return []
        }
        return entries
    }

    /// The mapping with fixed keys behind a key.
    func section(_ name: String) -> Section? {
        guard let node = node(name), let reference = scope.key(name) else { return nil }
        return Section(node, scope: scope.below(reference), findings: findings)
    }

    /// The mapping with fixed keys that is an element, or a value by name, of the key.
    func section(of node: ConfigurationNode, for name: String) -> Section? {
        guard let reference = scope.key(name) else { return nil }
        return Section(node, scope: scope.below(reference), findings: findings)
    }

    func command(_ name: String) -> [String]? { node(name).flatMap { command(of: $0, for: name) } }

    /// The words of a command line or of a list; never empty.
    func command(of node: ConfigurationNode, for name: String) -> [String]? {
        if case .sequence(let items) = node.content {
            let words = items.compactMap { text(of: $0, for: name) }
            guard words.count == items.count else { return nil }
            guard words.first?.isEmpty == false else {
                findings.add(.value, on: node, "`\(name)` has no program", example(name))
                return nil
            }
            return words
        }
        guard let line = text(of: node, for: name) else { return nil }
        do {
            let words = try ShellWords.split(line)
            if words.first?.isEmpty == false { return words }
            findings.add(.value, on: node, "`\(name)` has no program", example(name))
        } catch {
            switch error {
            case .openQuote(let quote):
                findings.add(
                    .value,
                    on: node,
                    "`\(name)` ends within a quote: \(quote) is never closed",
                    "Close it, or write a list of words."
                )
            case .needsShell(let operation):
                findings.add(
                    .value,
                    on: node,
                    "`\(name)` uses `\(operation)`, but no shell runs it",
                    operation.hasSuffix("=")
                        ? "Write the variable under `env`, or `\(name): [sh, -c, \"…\"]`."
                        : "Write `\(name): [sh, -c, \"…\"]`, or put it in \(operation.hasPrefix("$") ? "single " : "")quotes."
                )
            }
        }
        return nil
    }

    func text(of node: ConfigurationNode, for name: String) -> String? {
        guard let scalar = node.scalar, !scalar.isNull else {
            reportValue(node, for: name)
            return nil
        }
        if let problem = scalar.problem {
            findings.add(scope.key(name)?.isSecret == true ? problem.withoutValue : problem)
            return nil
        }
        if scalar.text.utf8.contains(0) {
            findings.add(
                .value,
                at: node.place,
                key: node.key,
                "`\(name)` has a NUL character, which no program and no file name can have",
                "Remove the `\\0`."
            )
            return nil
        }
        if scalar.text.isEmpty, scope.key(name)?.isSecret != true {
            reportValue(node, for: name)
            return nil
        }
        return scalar.text
    }

    func integer(of node: ConfigurationNode, for name: String) -> Int? {
        guard let text = text(of: node, for: name) else { return nil }
        guard case .integer(let range)? = type(name), let number = Int(text), range.contains(number) else {
            reportValue(node, for: name)
            return nil
        }
        // YAML 1.1 reads 010 as 8, YAML 1.2 as 10.
        guard "\(number)" == text else {
            reportValue(node, for: name, "Write `\(name): \(number)`.")
            return nil
        }
        return number
    }

    /// Reports that a value is not of the key's type.
    func reportValue(_ node: ConfigurationNode, for name: String, _ suggestion: String? = nil) {
        guard let reference = scope.key(name) else { return }
        // An element of a list or a mapping is judged by its own type.
        let isElement = self.node(name).map { node.key != $0.key } ?? false
        let phrase = isElement ? (reference.type.scalar ?? reference.type).phrase : reference.type.phrase
        let raw = node.scalar?.text ?? ""
        let found: String
        if reference.isSecret, node.scalar != nil, !node.isNull {
            found = "what is written"
        } else if let scalar = node.scalar, scalar.raw != scalar.text, scalar.problem == nil {
            found = "'\(Phrase.short(raw))' (from \(scalar.shown))"
        } else {
            found = node.kindPhrase
        }
        findings.add(
            node.isNull ? .missing : .value,
            at: node.place,
            key: node.key,
            value: reference.isSecret || node.isNull ? nil : node.shown,
            node.isNull ? "`\(name)` has no value" : "`\(name)` must be \(phrase), not \(found)",
            suggestion ?? example(name)
        )
    }

    /// `Write …`, with the key's example.
    func example(_ name: String) -> String {
        guard let reference = scope.key(name) else { return "" }
        let lines = reference.example.split(separator: "\n")
        if lines.count > 1 { return "Begin it with `\(name):` and, in the next line, `  \(lines[0])`." }
        if case .map = reference.type, !reference.example.hasPrefix("{") {
            return "Write `\(name): {\(reference.example)}`."
        }
        return "Write `\(name): \(reference.example)`."
    }

    private func type(_ name: String) -> ValueType? { scope.key(name)?.type.scalar }
}
