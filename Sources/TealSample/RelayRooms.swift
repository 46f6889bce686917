/// One side of a relay room.
protocol RelayMember: AnyObject {
    /// Sends a text message.
    func say(_ text: String)
    /// Ends with a close frame of that code (RFC 6455, section 7.4.1).
    func end(code: UInt16)
}

/// Rooms in which two sockets of this process meet; the state is in memory and lost with the process.
///
/// Belongs to one event loop.
final class RelayRooms {
    private struct Room {
        var members: [any RelayMember]
    }

    /// A room that already holds two refuses the third with 1013, "try again later".
    static let fullCode: UInt16 = 1013
    /// A member whose partner has gone is sent away with 1001, "going away".
    static let leftCode: UInt16 = 1001

    private let version: String
    private var rooms: [String: Room] = [:]

    init(version: String) {
        self.version = version
    }

    /// The first member is told `waiting <version>`; the second makes both hear `paired <version>`.
    func join(_ name: String, _ member: any RelayMember) {
        var room = rooms[name] ?? Room(members: [])
        guard room.members.count < 2 else {
            member.end(code: Self.fullCode)
            return
        }
        room.members.append(member)
        rooms[name] = room
        if room.members.count == 1 {
            member.say("waiting \(version)")
        } else {
            for each in room.members { each.say("paired \(version)") }
        }
    }

    /// The other member of the room, if both are there.
    func partner(of member: any RelayMember, in name: String) -> (any RelayMember)? {
        guard let room = rooms[name], room.members.contains(where: { $0 === member }) else { return nil }
        return room.members.first { $0 !== member }
    }

    /// Takes a member out and sends its partner away, so that both meet again from the start.
    func leave(_ name: String, _ member: any RelayMember) {
        guard let room = rooms[name], room.members.contains(where: { $0 === member }) else { return }
        rooms[name] = nil
        for other in room.members where other !== member { other.end(code: Self.leftCode) }
    }
}
