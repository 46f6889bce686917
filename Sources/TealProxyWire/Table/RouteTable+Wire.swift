extension RouteTable: WireMessage {
    package func write(to writer: inout WireWriter) {
        writer.field(1, epoch)
        writer.field(2, version)
        for route in routes { writer.field(3, message: route.write) }
        for service in services { writer.field(4, message: service.write) }
        // Written even when empty, so that "trust nobody" is not read as the default.
        writer.field(5, UInt64(trustedProxies.count))
        for prefix in trustedProxies { writer.field(6, message: prefix.write) }
        for listener in listeners { writer.field(7, message: listener.write) }
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self = .empty
        var epoch: UInt64?
        var version: UInt64?
        var trusted: [NetworkPrefix] = []
        var saysTrusted = false
        while let field = try reader.next() {
            var inner = field.message
            switch field.tag {
            case 1: epoch = try field.number("epoch")
            case 2: version = try field.number("version")
            case 3:
                guard routes.count < Self.routesMax else { throw .tooLong("routes") }
                routes.append(try ProxyRoute(from: &inner))
            case 4:
                guard services.count < Self.servicesMax else { throw .tooLong("services") }
                services.append(try ProxyService(from: &inner))
            case 5: saysTrusted = true
            case 6:
                guard trusted.count < Self.targetsMax else { throw .tooLong("trustedProxies") }
                trusted.append(try NetworkPrefix(from: &inner))
            case 7:
                guard listeners.count < Self.listenersMax else { throw .tooLong("listeners") }
                listeners.append(try ScopedListener(from: &inner))
            default: break
            }
        }
        guard let epoch else { throw .missing("epoch") }
        guard let version else { throw .missing("version") }
        self.epoch = epoch
        self.version = version
        if saysTrusted { trustedProxies = trusted }
    }
}

extension ProxyRoute: WireMessage {
    package func write(to writer: inout WireWriter) {
        writer.field(1, UInt64(listener.rawValue))
        for host in hosts { writer.field(2, host) }
        writer.field(3, pathPrefix)
        writer.field(4, stripPrefix)
        writer.field(5, service)
        if let unavailableText { writer.field(6, unavailableText) }
        if let scope { writer.field(7, scope) }
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init(service: "")
        while let field = try reader.next() {
            switch field.tag {
            case 1:
                guard let value = Listener(rawValue: try field.number("listener", as: UInt8.self)) else {
                    throw .unfit("listener")
                }
                listener = value
            case 2:
                guard hosts.count < RouteTable.routesMax else { throw .tooLong("hosts") }
                hosts.append(try field.text("host"))
            case 3: pathPrefix = try field.text("pathPrefix")
            case 4: stripPrefix = try field.flag("stripPrefix")
            case 5: service = try field.text("service")
            case 6: unavailableText = try field.text("unavailableText")
            case 7: scope = try field.text("scope")
            default: break
            }
        }
    }
}

extension ProxyService: WireMessage {
    package func write(to writer: inout WireWriter) {
        writer.field(1, name)
        for target in targets { writer.field(2, message: target.write) }
        writer.field(3, UInt64(balance.rawValue))
        writer.field(4, upstreamIdle)
        writer.field(5, bodyBytesMax)
        writer.field(6, connectTimeout)
        writer.field(7, responseHeadIdle)
        writer.field(8, responseIdle)
        for rule in upgradedRules { writer.field(9, message: rule.write) }
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init(name: "", targets: [])
        while let field = try reader.next() {
            var inner = field.message
            switch field.tag {
            case 1: name = try field.text("name")
            case 2:
                guard targets.count < RouteTable.targetsMax else { throw .tooLong("targets") }
                targets.append(try ProxyTarget(from: &inner))
            case 3:
                guard let value = Balance(rawValue: try field.number("balance", as: UInt8.self)) else {
                    throw .unfit("balance")
                }
                balance = value
            case 4: upstreamIdle = try field.duration("upstreamIdle")
            case 5: bodyBytesMax = try field.number("bodyBytesMax")
            case 6: connectTimeout = try field.duration("connectTimeout")
            case 7: responseHeadIdle = try field.duration("responseHeadIdle")
            case 8: responseIdle = try field.duration("responseIdle")
            case 9:
                guard upgradedRules.count < RouteTable.targetsMax else { throw .tooLong("upgradedRules") }
                upgradedRules.append(try UpgradedRule(from: &inner))
            default: break
            }
        }
    }
}

extension ProxyTarget: WireMessage {
    package func write(to writer: inout WireWriter) {
        writer.field(1, id.text)
        writer.field(2, address.host)
        writer.field(3, UInt64(address.port))
    }

    package init(from reader: inout WireReader) throws(WireError) {
        var id = ""
        var host = ""
        var port: UInt16 = 0
        while let field = try reader.next() {
            switch field.tag {
            case 1: id = try field.text("id")
            case 2: host = try field.text("host")
            case 3: port = try field.number("port", as: UInt16.self)
            default: break
            }
        }
        self.init(id: TargetID(id), address: TargetAddress(host: host, port: port))
    }
}

extension UpgradedRule: WireMessage {
    package func write(to writer: inout WireWriter) {
        writer.field(1, pathPrefix)
        writer.field(2, UInt64(mode.rawValue))
        if let limit { writer.field(3, limit) }
    }

    package init(from reader: inout WireReader) throws(WireError) {
        var prefix = "/"
        var mode = Mode.keep
        var limit: Duration?
        while let field = try reader.next() {
            switch field.tag {
            case 1: prefix = try field.text("pathPrefix")
            case 2:
                guard let value = Mode(rawValue: try field.number("mode", as: UInt8.self)) else { throw .unfit("mode") }
                mode = value
            case 3: limit = try field.duration("limit")
            default: break
            }
        }
        self.init(pathPrefix: prefix, mode: mode, limit: limit)
    }
}

extension NetworkPrefix: WireMessage {
    package func write(to writer: inout WireWriter) {
        writer.field(1, bytes: bytes)
        writer.field(2, UInt64(bits))
    }

    package init(from reader: inout WireReader) throws(WireError) {
        var bytes: [UInt8] = []
        var bits: UInt8 = 0
        while let field = try reader.next() {
            switch field.tag {
            case 1: bytes = Array(field.payload)
            case 2: bits = try field.number("bits", as: UInt8.self)
            default: break
            }
        }
        guard let prefix = NetworkPrefix(bytes: bytes, bits: bits) else { throw .unfit("networkPrefix") }
        self = prefix
    }
}
