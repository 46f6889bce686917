/// Puts lines together to server-sent events (WHATWG HTML section 9.2.6), as far as the daemon uses them.
struct EventParser {
    /// One event.
    struct Event: Hashable {
        /// `message` when it has no name.
        let name: String
        let data: String
        /// The newest id so far; nil before the first.
        let id: String?
    }

    private var name = ""
    private var data: [String] = []
    private var id: String?

    /// Takes in a line; an event when it completed one.
    mutating func add(_ line: String) -> Event? {
        guard !line.isEmpty else { return dispatch() }
        // Comments are the daemon's signs of life.
        guard !line.hasPrefix(":") else { return nil }
        let colon = line.firstIndex(of: ":")
        let field = colon.map { line[..<$0] } ?? line[...]
        var value = colon.map { line[line.index(after: $0)...] } ?? ""
        if value.hasPrefix(" ") { value = value.dropFirst() }
        switch field {
        case "event": name = String(value)
        case "data": data.append(String(value))
        case "id": id = String(value)
        default: break
        }
        return nil
    }

    private mutating func dispatch() -> Event? {
        defer {
            name = ""
            data = []
        }
        guard !data.isEmpty else { return nil }
        return Event(name: name.isEmpty ? "message" : name, data: data.joined(separator: "\n"), id: id)
    }
}
