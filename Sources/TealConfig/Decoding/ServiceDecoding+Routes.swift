import TealCore

extension ServiceDecoding {
    private static let shortcuts = ["hosts", "path", "strip", "internal", "upgraded"]

    /// Whether anything is said of its routes.
    var saysRoutes: Bool { section.has("routes") || Self.shortcuts.contains(where: section.has) }

    /// The service's routes: those of `routes`, or the one that is written beside it.
    mutating func routes(of kind: ServiceKind?) -> [Route] {
        if section.has("routes") {
            for key in Self.shortcuts where section.has(key) {
                section.reportConflict(
                    key,
                    "`\(section.written(key))` stands beside `routes`",
                    "Move it into one of the routes."
                )
            }
            return section.list("routes").compactMap { node in
                section.section(of: node, for: "routes").flatMap { route(from: $0, at: node) }
            }
        }
        guard Self.shortcuts.contains(where: section.has) else {
            // What runs from an image is seen to answer by its name inside its network.
            if kind == .web, !surroundings.isDevelopment,
                !(section.has("hostPorts") && (isOfCompose || section.has("image")))
            {
                section.reportMissing(
                    "hosts",
                    "`\(section.key)` takes traffic but no route leads to it",
                    "Write `host: www.example.com`, `path: /` for every host, or `kind: worker` if it takes no traffic."
                )
            }
            return []
        }
        return route(from: section, at: section.node("hosts") ?? section.node("path")).map { [$0] } ?? []
    }

    /// The route with those of its hosts that could be read; nil when none could, or its path could not, so that it
    /// claims nothing.
    private mutating func route(from source: Section, at node: ConfigurationNode?) -> Route? {
        var route = Route()
        var isClear = true
        for node in source.items("hosts") {
            guard let text = source.text(of: node, for: "hosts"), let host = host(text, node) else { continue }
            if !route.hosts.contains(host) { route.hosts.append(host) }
        }
        if let node = source.node("hosts"), case .sequence(let items) = node.content, items.isEmpty {
            findings.add(
                .missing,
                on: node,
                "`\(source.written("hosts"))` names no host",
                "Write one, or leave the key out for every host."
            )
        }
        if source.has("hosts"), route.hosts.isEmpty { isClear = false }
        if let node = source.node("path") {
            if let path = source.text("path").flatMap({ prefix($0, node) }) {
                route.pathPrefix = path
            } else {
                isClear = false
            }
        }
        route.stripPrefix = source.boolean("strip") ?? false
        route.internalOnly = source.boolean("internal") ?? false
        if route.stripPrefix, !source.has("path") || source.text("path") == "/" {
            source.reportConflict(
                "strip",
                "`strip` needs a `path` to take away",
                "Write `path: /api`, or remove `strip`."
            )
        }
        if route.internalOnly, !source.has("hosts") {
            route.hosts = ["\(name)"]
            notes.assumptions.append("\(name): its internal route has no host, so it takes the service's own name")
        } else if !source.has("hosts"), !findings.checksFormOnly {
            notes.assumptions.append("\(name): its route \(route.pathPrefix) has no host, so it takes every host")
        }
        for entry in source.map("upgraded") {
            guard let rule = rule(entry, in: source) else { continue }
            route.upgraded.append(rule)
        }
        guard isClear else { return nil }
        routeNodes.append(node)
        return route
    }

    private func rule(_ entry: ConfigurationNode.Entry, in source: Section) -> UpgradedRule? {
        guard let path = prefix(entry.name, entry.value) else { return nil }
        guard entry.value.entries != nil else {
            return source.choice(of: entry.value, for: "upgraded").map { UpgradedRule(pathPrefix: path, mode: $0) }
        }
        guard let item = source.section(of: entry.value, for: "upgraded") else { return nil }
        let limit = item.duration("limit")
        guard item.has("mode") else {
            item.reportMissing("mode")
            return nil
        }
        guard let mode: UpgradedRule.Mode = item.choice("mode") else { return nil }
        if mode == .close, limit != nil {
            item.reportConflict(
                "limit",
                "`limit` is for kept connections; `close` ends them at the switch",
                "Remove `limit`, or write `mode: keep`."
            )
        }
        return UpgradedRule(pathPrefix: path, mode: mode, limit: limit)
    }

    /// A host name in small letters, without a dot at the end; nil with a finding.
    private func host(_ text: String, _ node: ConfigurationNode) -> String? {
        var host = text.lowercased()
        if host.hasSuffix(".") { host.removeLast() }
        let message = "'\(Phrase.short(text))' is not a host name"
        if let scheme = host.firstRange(of: "://") {
            let rest = host[scheme.upperBound...].prefix { $0 != "/" && $0 != ":" }
            findings.add(.value, on: node, message, "Write `\(rest)`, without the scheme; a path goes into `path`.")
            return nil
        }
        if host.hasPrefix("*") {
            findings.add(
                .value,
                on: node,
                "\(message): patterns are not supported",
                "Write each name, or `path: /` without hosts for every host."
            )
            return nil
        }
        if let colon = host.firstIndex(of: ":"), host.firstIndex(of: ":") == host.lastIndex(of: ":") {
            findings.add(.value, on: node, message, "Write `\(host[..<colon])`, without the port.")
            return nil
        }
        if let slash = host.firstIndex(of: "/"), slash != host.startIndex {
            findings.add(.value, on: node, message, "Write `\(host[..<slash])`, and `path: \(host[slash...])`.")
            return nil
        }
        guard HostName.isFit(host) else {
            let isASCII = host.utf8.allSatisfy { $0 < 0x80 }
            let advice =
                isASCII
                ? "Write a name such as `shop.example.com`."
                : "Write its ASCII form, which has parts that begin with `xn--`."
            findings.add(.value, on: node, message, advice)
            return nil
        }
        return host
    }

    /// A path prefix without a slash at the end; nil with a finding.
    private func prefix(_ text: String, _ node: ConfigurationNode) -> String? {
        var path = text
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        let reason: String
        if !path.hasPrefix("/") {
            reason = "it does not begin with /"
        } else if path.utf8.count > PathPrefix.bytesMax {
            reason = "it is longer than \(PathPrefix.bytesMax) bytes"
        } else if path.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7f || "?#%\\*;".utf8.contains($0) }) {
            reason = "it has a character that a prefix may not have"
        } else if path.split(separator: "/").contains(where: { $0 == "." || $0 == ".." }) || path.contains("//") {
            reason = "it has a dot or an empty segment"
        } else {
            return path
        }
        let fit = path.hasPrefix("/") ? "" : "Write `/\(path)`."
        findings.add(.value, on: node, "'\(Phrase.short(text))' is not a path prefix: \(reason)", fit)
        return nil
    }
}

/// The limits of path prefixes, the same as the proxy's.
enum PathPrefix {
    static let bytesMax = 1024
}

/// The rule for host names: labels of letters, digits, `-` and `_`, or an IPv6 address in brackets.
enum HostName {
    /// The longest name, in bytes (RFC 1035 section 2.3.4).
    static let bytesMax = 253

    static func isFit(_ host: String) -> Bool {
        guard !host.isEmpty, host.utf8.count <= bytesMax else { return false }
        if host.hasPrefix("["), host.hasSuffix("]") {
            return host.utf8.count > 3
                && host.dropFirst().dropLast().allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
        }
        return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            !label.isEmpty && label.utf8.count <= 63 && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
        }
    }
}
