package import TealCore

/// A replica of a rollout that may be over several hosts: on each of them there is one of the same name.
///
/// It is stored as its ``ReplicaID`` with the host beside it, and without one exactly as that.
package struct PlacedReplica: Hashable, Sendable, CustomStringConvertible {
    package let id: ReplicaID
    /// Nil: the host whose journal holds the rollout.
    package let host: HostName?

    package init(_ id: ReplicaID, on host: HostName? = nil) {
        self.id = id
        self.host = host
    }

    package var placement: Placement { Placement(service: id.service, host: host) }

    /// `web-blue-0`, or `web-blue-0 on b`.
    package var description: String { host.map { "\(id) on \($0)" } ?? "\(id)" }
}

extension PlacedReplica: Codable {
    private enum Key: String, CodingKey {
        case host
    }

    package init(from decoder: any Decoder) throws {
        id = try ReplicaID(from: decoder)
        host = try decoder.container(keyedBy: Key.self).decodeIfPresent(HostName.self, forKey: .host)
    }

    package func encode(to encoder: any Encoder) throws {
        try id.encode(to: encoder)
        guard let host else { return }
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(host, forKey: .host)
    }
}
