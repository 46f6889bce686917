/// Who the proxy is and where it listens.
package struct ProxyStatus: Hashable, Sendable {
    /// One bound listener.
    package struct Listener: Hashable, Sendable {
        package let kind: ProxyRoute.Listener
        /// The bound address and port, also when port 0 was asked for.
        package let address: TargetAddress

        package init(kind: ProxyRoute.Listener, address: TargetAddress) {
            self.kind = kind
            self.address = address
        }
    }

    /// One listener that the table names.
    package struct Scoped: Hashable, Sendable {
        package let listener: ScopedListener
        /// Why it is not listened at, in one line; nil when it is.
        package let problem: String?
        /// Connections that were closed since the table first named it: they came from neither its sources nor the host.
        package let strangers: UInt64

        package init(listener: ScopedListener, problem: String? = nil, strangers: UInt64 = 0) {
            self.listener = listener
            self.problem = problem
            self.strangers = strangers
        }
    }

    package var processID: Int32
    /// Random for each process: counters of two incarnations cannot be subtracted.
    package var incarnation: UInt64
    package var uptime: Duration
    package var software: String
    package var epoch: UInt64
    package var version: UInt64
    /// Whether the table in force is on disk.
    package var persisted: Bool
    package var listeners: [Listener]
    /// Client connections open now.
    package var connections: UInt64
    /// Whether the proxy has been told to stop and finishes what is in flight.
    package var isStopping: Bool
    /// The listeners that the table names; nil from a proxy that does not know of them.
    package var scoped: [Scoped]?

    package init(
        processID: Int32,
        incarnation: UInt64,
        uptime: Duration,
        software: String,
        epoch: UInt64,
        version: UInt64,
        persisted: Bool,
        listeners: [Listener],
        connections: UInt64,
        isStopping: Bool,
        scoped: [Scoped]? = nil
    ) {
        self.processID = processID
        self.incarnation = incarnation
        self.uptime = uptime
        self.software = software
        self.epoch = epoch
        self.version = version
        self.persisted = persisted
        self.listeners = listeners
        self.connections = connections
        self.isStopping = isStopping
        self.scoped = scoped
    }
}

extension ProxyStatus: WireMessage {
    /// The most listeners of one proxy.
    package static let listenersMax = 64

    package func write(to writer: inout WireWriter) {
        writer.field(1, UInt64(UInt32(bitPattern: processID)))
        writer.field(2, incarnation)
        writer.field(3, uptime)
        writer.field(4, software)
        writer.field(5, epoch)
        writer.field(6, version)
        writer.field(7, persisted)
        for listener in listeners {
            writer.field(
                8,
                message: { inner in
                    inner.field(1, UInt64(listener.kind.rawValue))
                    inner.field(2, listener.address.host)
                    inner.field(3, UInt64(listener.address.port))
                }
            )
        }
        writer.field(9, connections)
        writer.field(10, isStopping)
        guard let scoped else { return }
        writer.field(11, UInt64(scoped.count))
        for one in scoped {
            writer.field(
                12,
                message: { inner in
                    inner.field(1, message: one.listener.write)
                    if let problem = one.problem { inner.field(2, problem.wirePrefix) }
                    inner.field(3, one.strangers)
                }
            )
        }
    }

    package init(from reader: inout WireReader) throws(WireError) {
        self.init(
            processID: 0,
            incarnation: 0,
            uptime: .zero,
            software: "",
            epoch: 0,
            version: 0,
            persisted: true,
            listeners: [],
            connections: 0,
            isStopping: false
        )
        while let field = try reader.next() {
            switch field.tag {
            case 1: processID = Int32(bitPattern: try field.number("processID", as: UInt32.self))
            case 2: incarnation = try field.number("incarnation")
            case 3: uptime = try field.duration("uptime")
            case 4: software = try field.text("software")
            case 5: epoch = try field.number("epoch")
            case 6: version = try field.number("version")
            case 7: persisted = try field.flag("persisted")
            case 8:
                guard listeners.count < Self.listenersMax else { throw .tooLong("listeners") }
                var inner = field.message
                listeners.append(try Self.readListener(&inner))
            case 9: connections = try field.number("connections")
            case 10: isStopping = try field.flag("isStopping")
            case 11: scoped = scoped ?? []
            case 12:
                guard scoped?.count ?? 0 < RouteTable.listenersMax else { throw .tooLong("scoped") }
                var inner = field.message
                scoped = try (scoped ?? []) + [Self.readScoped(&inner)]
            default: break
            }
        }
    }

    private static func readScoped(_ reader: inout WireReader) throws(WireError) -> Scoped {
        var listener: ScopedListener?
        var problem: String?
        var strangers: UInt64 = 0
        while let field = try reader.next() {
            var inner = field.message
            switch field.tag {
            case 1: listener = try ScopedListener(from: &inner)
            case 2: problem = try field.text("problem")
            case 3: strangers = try field.number("strangers")
            default: break
            }
        }
        guard let listener else { throw .missing("listener") }
        return Scoped(listener: listener, problem: problem, strangers: strangers)
    }

    private static func readListener(_ reader: inout WireReader) throws(WireError) -> Listener {
        var kind = ProxyRoute.Listener.public
        var host = ""
        var port: UInt16 = 0
        while let field = try reader.next() {
            switch field.tag {
            case 1:
                guard let value = ProxyRoute.Listener(rawValue: try field.number("listener", as: UInt8.self)) else {
                    throw .unfit("listener")
                }
                kind = value
            case 2: host = try field.text("host")
            case 3: port = try field.number("port", as: UInt16.self)
            default: break
            }
        }
        return Listener(kind: kind, address: TargetAddress(host: host, port: port))
    }
}
