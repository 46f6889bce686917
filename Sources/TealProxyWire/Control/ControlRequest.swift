/// What the daemon asks of the proxy.
///
/// The first request of a connection is ``hello(_:software:)``.
package enum ControlRequest: Hashable, Sendable {
    /// Opens the conversation.
    ///
    /// Answered by ``ControlReply/hello(version:software:incarnation:)``.
    case hello(ProtocolVersions, software: String)
    /// Replaces the table.
    ///
    /// Answered when it is stored, synced and applied on all event loops.
    ///
    /// With `mustPersist` false a table that cannot be stored (a full disk) is applied all the same and stored as
    /// soon as that works; the answer says so. Meant for taking users back, not for moving them on.
    ///
    /// A listener of the table that cannot be bound never keeps the table from being applied: it waits, and the status
    /// says why.
    case publish(RouteTable, mustPersist: Bool)
    /// Asks for the table in force.
    case readTable
    /// Asks for the counters of every target.
    case counters
    /// Asks who is answering and where it listens.
    case status
    /// Closes upgraded connections of a target, WebSockets with code 1012 (service restart).
    case closeUpgraded(TargetID, onlyPathsMarkedClose: Bool)
    /// Ends what is in flight on a target at once, WebSockets with code 1001 (going away).
    case cut(TargetID, requests: Bool, upgraded: Bool)
    /// Drops the counters of a target that is in no service any more and has nothing in flight.
    case forget(TargetID)
    /// Changes how a place that the table names comes to be listened at, while another program has it.
    ///
    /// Answered by ``ControlReply/place(port:problem:)``. Since version 3.
    case place(TargetAddress, PlaceAction)
}

/// What is done about a place that the table names.
package enum PlaceAction: Hashable, Sendable {
    /// Listens at another port of the same address as well, whose connections count as if they had come in at the place; 0
    /// for any free port. It ends with the place, or with the proxy.
    case standIn(port: UInt16)
    /// Listens at the place now, without waiting for it to have been free for a while.
    case listen
    /// Ends the stand-in; what has come in there goes on.
    case endStandIn
}

extension ControlRequest {
    private enum Kind: UInt8 {
        case hello = 1
        case publish = 2
        case readTable = 3
        case counters = 4
        case status = 5
        case closeUpgraded = 6
        case cut = 7
        case forget = 8
        case place = 9
    }

    /// The request as a frame.
    package var frame: ControlFrame {
        var writer = WireWriter()
        let kind: Kind
        switch self {
        case .hello(let versions, let software):
            kind = .hello
            writer.field(1, UInt64(versions.lowest))
            writer.field(2, UInt64(versions.highest))
            writer.field(3, software)
        case .publish(let table, let mustPersist):
            kind = .publish
            writer.field(1, message: table.write)
            writer.field(2, mustPersist)
        case .readTable: kind = .readTable
        case .counters: kind = .counters
        case .status: kind = .status
        case .closeUpgraded(let target, let onlyMarked):
            kind = .closeUpgraded
            writer.field(1, target.text)
            writer.field(2, onlyMarked)
        case .cut(let target, let requests, let upgraded):
            kind = .cut
            writer.field(1, target.text)
            writer.field(2, requests)
            writer.field(3, upgraded)
        case .forget(let target):
            kind = .forget
            writer.field(1, target.text)
        case .place(let address, let action):
            kind = .place
            writer.field(1, address.host)
            writer.field(2, UInt64(address.port))
            switch action {
            case .standIn(let port):
                writer.field(3, UInt64(1))
                writer.field(4, UInt64(port))
            case .listen: writer.field(3, UInt64(2))
            case .endStandIn: writer.field(3, UInt64(3))
            }
        }
        return ControlFrame(kind: kind.rawValue, body: writer.bytes)
    }

    /// Reads a request from a frame; nil when its kind is not known to this build.
    package init?(_ frame: ControlFrame) throws(WireError) {
        guard let kind = Kind(rawValue: frame.kind) else { return nil }
        let fields = try ControlFields(frame.body)
        switch kind {
        case .hello:
            self = .hello(
                ProtocolVersions(
                    lowest: try fields.number(1, "lowest", as: UInt32.self),
                    highest: try fields.number(2, "highest", as: UInt32.self)
                ),
                software: try fields.text(3, "software", default: "")
            )
        case .publish:
            var inner = try fields.message(1, "table")
            self = .publish(try RouteTable(from: &inner), mustPersist: try fields.flag(2, "mustPersist", default: true))
        case .readTable: self = .readTable
        case .counters: self = .counters
        case .status: self = .status
        case .closeUpgraded:
            self = .closeUpgraded(
                TargetID(try fields.text(1, "target")),
                onlyPathsMarkedClose: try fields.flag(2, "onlyPathsMarkedClose", default: true)
            )
        case .cut:
            self = .cut(
                TargetID(try fields.text(1, "target")),
                requests: try fields.flag(2, "requests", default: false),
                upgraded: try fields.flag(3, "upgraded", default: false)
            )
        case .forget: self = .forget(TargetID(try fields.text(1, "target")))
        case .place:
            let address = TargetAddress(
                host: try fields.text(1, "host"),
                port: try fields.number(2, "port", as: UInt16.self)
            )
            switch try fields.number(3, "action", as: UInt8.self) {
            case 1: self = .place(address, .standIn(port: try fields.number(4, "standIn", as: UInt16.self)))
            case 2: self = .place(address, .listen)
            case 3: self = .place(address, .endStandIn)
            default: throw .unfit("action")
            }
        }
    }
}
