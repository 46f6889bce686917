/// Reads one of Dokku's health checks.
struct DokkuCheck {
    private var section: ForeignSection
    private let service: String
    private let isWeb: Bool

    init(_ value: ForeignValue, path: String, service: String, isWeb: Bool, notes: ImportNotes) {
        section = ForeignSection(value, path: path, keys: ProcfileKeys.check, notes: notes, file: "app.json")
        self.service = service
        self.isWeb = isWeb
    }

    /// The keys of `health`; none where the check cannot be asked so.
    mutating func health() -> DraftMap {
        var health = DraftMap()
        let became = "\(service).health"
        if let words = section.value("command")?.items?.compactMap(\.text), !words.isEmpty {
            health["command"] = .texts(words)
            section.tell("command", .carried, became: "\(became).command")
        } else if let path = section.text("path"), isWeb, path.hasPrefix("/"),
            path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        {
            health["path"] = .text(path)
            section.tell("path", .carried, became: "\(became).path")
            putAnswer(&health, became)
        } else if section.value("listening")?.boolean == true, isWeb {
            health["tcp"] = .boolean(true)
            section.tell("listening", .changed, became: "\(became).tcp")
        }
        guard !health.isEmpty else {
            section.finish()
            return health
        }
        section.tell("type", .changed, became: became)
        putTimes(&health, became)
        section.finish()
        return health
    }

    private mutating func putAnswer(_ health: inout DraftMap, _ became: String) {
        if let content = section.text("content"), !content.isEmpty {
            health["bodyPattern"] = .text(
                content.map { #"\^$.|?*+()[]{}"#.contains($0) ? "\\\($0)" : String($0) }.joined()
            )
            section.tell("content", .changed, became: "\(became).bodyPattern")
        }
        for item in section.value("httpHeaders")?.items ?? [] {
            guard let name = item["name"]?.text, let value = item["value"]?.text, Self.isHeader(name, value) else {
                continue
            }
            health[map: "headers"][name] = .text(value)
        }
        if health["headers"] != nil { section.tell("httpHeaders", .carried, became: "\(became).headers") }
    }

    private static func isHeader(_ name: String, _ value: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                let character = Character(Unicode.Scalar(byte))
                return byte < 0x80 && (character.isLetter || character.isNumber || "-_".contains(character))
            } && value.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
    }

    /// Dokku's own values stand in for what is not written: 5 s of timeout and wait, 3 attempts.
    private mutating func putTimes(_ health: inout DraftMap, _ became: String) {
        let timeout = section.value("timeout")?.number ?? 5
        let wait = section.value("wait")?.number ?? 5
        for (key, name, seconds) in [("timeout", "timeout", timeout), ("wait", "interval", wait)] where section.has(key)
        {
            guard let text = Quantity.duration(seconds: seconds), text != "0s" else {
                section.refuse(key, "it is not a number of seconds up to a day")
                continue
            }
            health[name] = .text(text)
            section.tell(key, .carried, became: "\(became).\(name): \(text)")
        }
        guard section.has("attempts") || section.has("initialDelay") else { return }
        let whole =
            (section.value("initialDelay")?.number ?? 0) + (section.value("attempts")?.number ?? 3) * (timeout + wait)
        if let deadline = Quantity.duration(seconds: whole), deadline != "0s" {
            health["deadline"] = .text(deadline)
            section.tell("attempts", .changed, became: "\(became).deadline: \(deadline)")
            section.tell("initialDelay", .changed, became: "\(became).deadline: \(deadline)")
        }
    }
}
