/// What the proxy answers.
///
/// Each request gets exactly one.
package enum ControlReply: Hashable, Sendable {
    /// The conversation is open, in this version of the protocol.
    case hello(version: UInt32, software: String, incarnation: UInt64)
    /// The table of this epoch and version is in force on every event loop; `persisted` false: not yet on disk.
    case applied(epoch: UInt64, version: UInt64, persisted: Bool)
    /// The table was not taken.
    case refused(PublishRefusal)
    /// The table in force.
    case table(RouteTable)
    /// The counters of every target that the proxy remembers.
    case counters(CountersReport)
    /// Who is answering.
    case status(ProxyStatus)
    /// How many requests and upgraded connections were ended by the request.
    case ended(requests: UInt64, upgraded: UInt64)
    /// The counters were dropped, or there were none.
    case forgotten
    /// How a place stands: the port of its stand-in, 0 for none, and why the proxy does not listen as it was asked to, in
    /// one line; nil when it does.
    case place(port: UInt16, problem: String?)
    /// The request could not be carried out.
    case failed(ControlFailure)
}

/// Why a request other than a publish was not carried out.
package enum ControlFailure: UInt8, Hashable, Sendable {
    /// The first request was not a hello; the connection is closed.
    case helloMissing = 1
    /// There is no protocol version that both sides speak; the connection is closed.
    case noCommonVersion = 2
    /// The proxy does not know this request; the connection stays open.
    case unknownRequest = 3
    /// The frame could not be read; the connection is closed.
    case unreadable = 4
    /// The target is still in a service or has something in flight.
    case targetInUse = 5
    /// The proxy is stopping.
    case stopping = 6
}

extension ControlReply {
    private enum Kind: UInt8 {
        case hello = 129
        case applied = 130
        case refused = 131
        case table = 132
        case counters = 133
        case status = 134
        case ended = 135
        case forgotten = 136
        case failed = 137
        case place = 138
    }

    /// The answer as a frame.
    package var frame: ControlFrame {
        var writer = WireWriter()
        let kind: Kind
        switch self {
        case .hello(let version, let software, let incarnation):
            kind = .hello
            writer.field(1, UInt64(version))
            writer.field(2, software)
            writer.field(3, incarnation)
        case .applied(let epoch, let version, let persisted):
            kind = .applied
            writer.field(1, epoch)
            writer.field(2, version)
            writer.field(3, persisted)
        case .refused(let refusal):
            kind = .refused
            writer.field(1, message: refusal.write)
        case .table(let table):
            kind = .table
            writer.field(1, message: table.write)
        case .counters(let report):
            kind = .counters
            writer.field(1, message: report.write)
        case .status(let status):
            kind = .status
            writer.field(1, message: status.write)
        case .ended(let requests, let upgraded):
            kind = .ended
            writer.field(1, requests)
            writer.field(2, upgraded)
        case .forgotten: kind = .forgotten
        case .place(let port, let problem):
            kind = .place
            writer.field(1, UInt64(port))
            if let problem { writer.field(2, problem.wirePrefix) }
        case .failed(let failure):
            kind = .failed
            writer.field(1, UInt64(failure.rawValue))
        }
        return ControlFrame(kind: kind.rawValue, body: writer.bytes)
    }

    /// Reads an answer from a frame.
    package init(_ frame: ControlFrame) throws(WireError) {
        guard let kind = Kind(rawValue: frame.kind) else { throw .unfit("kind") }
        let fields = try ControlFields(frame.body)
        switch kind {
        case .hello:
            self = .hello(
                version: try fields.number(1, "version", as: UInt32.self),
                software: try fields.text(2, "software", default: ""),
                incarnation: try fields.number(3, "incarnation", as: UInt64.self)
            )
        case .applied:
            self = .applied(
                epoch: try fields.number(1, "epoch", as: UInt64.self),
                version: try fields.number(2, "version", as: UInt64.self),
                persisted: try fields.flag(3, "persisted", default: true)
            )
        case .refused:
            var inner = try fields.message(1, "refusal")
            self = .refused(try PublishRefusal(from: &inner))
        case .table:
            var inner = try fields.message(1, "table")
            self = .table(try RouteTable(from: &inner))
        case .counters:
            var inner = try fields.message(1, "counters")
            self = .counters(try CountersReport(from: &inner))
        case .status:
            var inner = try fields.message(1, "status")
            self = .status(try ProxyStatus(from: &inner))
        case .ended:
            self = .ended(
                requests: try fields.number(1, "requests", as: UInt64.self),
                upgraded: try fields.number(2, "upgraded", as: UInt64.self)
            )
        case .forgotten: self = .forgotten
        case .place:
            let problem = try fields.text(2, "problem", default: "")
            self = .place(
                port: try fields.number(1, "port", as: UInt16.self),
                problem: problem.isEmpty ? nil : problem
            )
        case .failed:
            let raw = try fields.number(1, "failure", as: UInt8.self)
            guard let failure = ControlFailure(rawValue: raw) else { throw .unfit("failure") }
            self = .failed(failure)
        }
    }
}
