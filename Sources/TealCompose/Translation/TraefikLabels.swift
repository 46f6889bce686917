import TealCore

/// Labels by which Traefik finds out what leads to a service.
///
/// Follows Traefik's own documentation of routers and of services for Docker: hosts, path prefixes and the port are taken over,
/// everything else is named.
struct TraefikLabels {
    private static let prefix = "traefik."

    private(set) var routes: [Route] = []
    private(set) var port: Int?
    /// Labels that say something that Teal does not take over, ascending.
    private(set) var left: [String] = []

    init(_ labels: [String: String]) {
        let own = labels.filter { $0.key.lowercased().hasPrefix(Self.prefix) }.sorted { $0.key < $1.key }
        let isOff = own.contains { $0.key.lowercased() == "traefik.enable" && $0.value == "false" }
        for (key, value) in own {
            let parts = key.lowercased().split(separator: ".").map(String.init)
            if parts == ["traefik", "enable"] { continue }
            guard !isOff, parts.count > 4, parts[1] == "http" else {
                left.append(key)
                continue
            }
            if parts[2] == "routers", parts.count == 5, parts[4] == "rule" {
                if let found = Self.routes(value) { routes += found } else { left.append(key) }
            } else if parts[2] == "services", parts.suffix(3) == ["loadbalancer", "server", "port"],
                let number = Int(value)
            {
                port = port ?? number
            } else {
                left.append(key)
            }
        }
        var seen: Set<Route> = []
        routes = routes.filter { seen.insert($0).inserted }
    }

    /// A rule made of hosts and path prefixes, with `||` between alternatives and `&&` between conditions.
    ///
    /// - Returns: Nil for a rule that says anything else.
    static func routes(_ rule: String) -> [Route]? {
        var routes: [Route] = []
        for group in conjunctions(rule) {
            var hosts: [String] = []
            var paths: [String] = []
            for condition in group {
                guard let (name, values) = call(condition) else { return nil }
                switch name {
                case "Host": hosts += values.map { $0.lowercased() }
                case "PathPrefix": paths += values
                default: return nil
                }
            }
            guard !hosts.isEmpty || !paths.isEmpty else { return nil }
            for path in paths.isEmpty ? ["/"] : paths {
                guard path.hasPrefix("/") else { return nil }
                routes.append(Route(hosts: hosts, pathPrefix: path))
            }
        }
        return routes.isEmpty ? nil : routes
    }

    /// The rule as alternatives of conditions, brackets around alternatives dissolved; empty for what is nested deeper.
    private static func conjunctions(_ rule: String) -> [[String]] {
        func split(_ text: String, by separator: String) -> [String]? {
            var parts: [String] = [""]
            var depth = 0
            var quote: Character?
            var rest = Substring(text)
            while let next = rest.first {
                if let open = quote {
                    if next == open { quote = nil }
                } else if next == "`" || next == "\"" || next == "'" {
                    quote = next
                } else if next == "(" {
                    depth += 1
                } else if next == ")" {
                    depth -= 1
                } else if depth == 0, rest.hasPrefix(separator) {
                    parts.append("")
                    rest = rest.dropFirst(separator.count)
                    continue
                }
                parts[parts.count - 1].append(next)
                rest = rest.dropFirst()
            }
            return depth == 0 && quote == nil ? parts : nil
        }
        func trimmed(_ text: String) -> String {
            var text = Substring(text)
            while text.first?.isWhitespace ?? false { text = text.dropFirst() }
            while text.last?.isWhitespace ?? false { text = text.dropLast() }
            return String(text)
        }
        var all: [[String]] = []
        for alternative in split(rule, by: "||") ?? [] {
            var groups: [[String]] = [[]]
            for part in split(alternative, by: "&&") ?? [] {
                let part = trimmed(part)
                guard part.hasPrefix("("), part.hasSuffix(")") else {
                    groups = groups.map { $0 + [part] }
                    continue
                }
                let inner = (split(String(part.dropFirst().dropLast()), by: "||") ?? []).map(trimmed)
                groups = groups.flatMap { group in inner.map { group + [$0] } }
            }
            all += groups
        }
        return all
    }

    /// Reads ``Host(`a`, `b`)``.
    private static func call(_ text: String) -> (name: String, values: [String])? {
        guard let open = text.firstIndex(of: "("), text.hasSuffix(")") else { return nil }
        let inner = text[text.index(after: open)...].dropLast()
        var values: [String] = []
        for part in inner.split(separator: ",") {
            let value = part.filter { !$0.isWhitespace }
            guard value.count > 2, let first = value.first, "`\"'".contains(first), value.last == first else {
                return nil
            }
            values.append(String(value.dropFirst().dropLast()))
        }
        return values.isEmpty ? nil : (String(text[..<open]), values)
    }
}
