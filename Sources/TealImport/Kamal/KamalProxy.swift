/// What a role's services are asked through.
struct KamalProxy {
    private(set) var section: ForeignSection
    private let notes: ImportNotes
    private let service: String

    init(_ value: ForeignValue, path: String, service: String, notes: ImportNotes, file: String?) {
        section = ForeignSection(value, path: path, keys: KamalKeys.proxy, notes: notes, file: file)
        self.notes = notes
        self.service = service
    }

    var port: Int { PortEvidence.port(section.text("app_port")) ?? 80 }

    /// Puts port, routes, health and limits into the service.
    mutating func put(into keys: inout DraftMap, deadline: String?) {
        keys["port"] = .integer(port)
        section.tell("app_port", .carried, became: "\(service).port: \(port)")
        if !section.has("app_port") { notes.assume("\(name): Kamal asks port 80 unless `app_port` says otherwise") }
        putRoutes(&keys)
        putHealth(&keys, deadline: deadline)
        var limit = "1g"
        if let buffering = section.value("buffering") {
            section.tell("buffering", .changed, became: "\(service).proxy.bodyMax")
            var inner = ForeignSection(
                buffering,
                path: section.path(of: "buffering"),
                keys: KamalKeys.buffering,
                notes: notes,
                file: section.file
            )
            if let bytes = inner.value("max_request_body")?.integer, (1...1 << 40).contains(bytes) {
                limit = Quantity.size(bytes: bytes)
                inner.tell("max_request_body", .carried, became: "\(service).proxy.bodyMax: \(limit)")
            } else if inner.has("max_request_body") {
                inner.refuse("max_request_body", "it is not a number of bytes up to 1t")
            }
            inner.finish()
        }
        keys[map: "proxy"]["bodyMax"] = .text(limit)
        if limit == "1g" {
            notes.assume(
                "\(name): Kamal takes request bodies of up to 1 GB, so `proxy.bodyMax` is 1g; lower it if you can"
            )
        }
        if let idle = Quantity.duration(seconds: section.value("response_timeout")?.number), idle != "0s" {
            keys[map: "proxy"]["responseIdle"] = .text(idle)
            section.tell("response_timeout", .changed, became: "\(service).proxy.responseIdle: \(idle)")
        } else if section.has("response_timeout") {
            section.refuse("response_timeout", "it is not a number of seconds up to a day")
        }
        if let fields = section.value("ssl")?.fields {
            section.tell("ssl", .dropped)
            for field in fields {
                section.tell(
                    part: ".\(field.name)",
                    of: "ssl",
                    line: field.line,
                    .dropped,
                    "the proxy speaks HTTP without TLS",
                    next: "Give the certificate to the server that ends TLS."
                )
            }
        }
        for key in ["run", "logging"] {
            guard let fields = section.value(key)?.fields else { continue }
            section.tell(key, .dropped)
            let table = section.keys.first { $0.name == key }
            for field in fields {
                section.tell(
                    part: ".\(field.name)",
                    of: key,
                    line: field.line,
                    .dropped,
                    table?.text ?? "",
                    next: table?.next ?? ""
                )
            }
        }
        section.finish()
    }

    private var name: String { service.split(separator: ".").last.map(String.init) ?? service }

    private mutating func putRoutes(_ keys: inout DraftMap) {
        let written = section.value("hosts")?.oneOrMany ?? section.value("host")?.oneOrMany ?? []
        let hosts = written.compactMap(\.text).flatMap { $0.split(separator: ",").map(String.init) }.map {
            $0.lowercased()
        }
        let fit = hosts.filter(Naming.isHost)
        for key in ["host", "hosts"] where section.has(key) {
            if fit.count == hosts.count {
                section.tell(key, .carried, became: "\(service).hosts")
            } else {
                let odd = hosts.filter { !Naming.isHost($0) }.joined(separator: ", ")
                section.tell(
                    key,
                    fit.isEmpty ? .dropped : .changed,
                    became: fit.isEmpty ? nil : "\(service).hosts",
                    "\(odd) is not a host name that Teal takes; patterns are not supported",
                    next: "Write each name."
                )
            }
        }
        let list = (section.value("path_prefixes")?.oneOrMany ?? []) + (section.value("path_prefix")?.oneOrMany ?? [])
        let paths = list.compactMap(\.text).flatMap { $0.split(separator: ",") }.map { text in
            let bare = text.filter { $0 != " " }
            return bare.count > 1 && bare.hasSuffix("/") ? String(bare.dropLast()) : String(bare)
        }
        let fitPaths = paths.filter(Naming.isPath)
        for key in ["path_prefix", "path_prefixes"] where section.has(key) {
            if fitPaths.count == paths.count {
                section.tell(key, .carried, became: fitPaths.count > 1 ? "\(service).routes" : "\(service).path")
            } else {
                section.refuse(key, "it has a path that Teal does not take", next: "Write `path` or `routes`.")
            }
        }
        let strips = section.value("strip_path_prefix")?.boolean ?? true
        let hostsValue = DraftValue.texts(fit)
        func route(_ path: String) -> DraftMap {
            var route = DraftMap()
            if !fit.isEmpty { route["hosts"] = hostsValue }
            route["path"] = .text(path)
            if strips, path != "/" { route["strip"] = .boolean(true) }
            return route
        }
        if fitPaths.count > 1 {
            keys["routes"] = .list(fitPaths.map { .map(route($0)) })
        } else if fit.isEmpty || !fitPaths.isEmpty {
            for entry in route(fitPaths.first ?? "/").entries { keys[entry.key] = entry.value }
        } else if fit.count == 1 {
            keys["host"] = .text(fit[0])
        } else {
            keys["hosts"] = hostsValue
        }
        section.tell("strip_path_prefix", .carried, became: fitPaths.isEmpty ? nil : "\(service).strip")
    }

    private mutating func putHealth(_ keys: inout DraftMap, deadline: String?) {
        var health = DraftMap()
        health["path"] = .text("/up")
        if let value = section.value("healthcheck") {
            section.tell("healthcheck", .changed, became: "\(service).health")
            var inner = ForeignSection(
                value,
                path: section.path(of: "healthcheck"),
                keys: KamalKeys.healthcheck,
                notes: notes,
                file: section.file
            )
            if let path = inner.text("path"), path.hasPrefix("/"), path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
                health["path"] = .text(path)
                inner.tell("path", .carried, became: "\(service).health.path")
            } else if inner.has("path") {
                inner.refuse("path", "it does not begin with /")
            }
            for key in ["interval", "timeout"] where inner.has(key) {
                if let text = Quantity.duration(seconds: inner.value(key)?.number), text != "0s" {
                    health[key] = .text(text)
                    inner.tell(key, .carried, became: "\(service).health.\(key): \(text)")
                } else {
                    inner.refuse(key, "it is not a number of seconds up to a day")
                }
            }
            inner.finish()
        }
        health["deadline"] = .text(deadline ?? "30s")
        keys["health"] = .map(health)
    }
}
