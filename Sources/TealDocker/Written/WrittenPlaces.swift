import TealCore

/// What the names in a written container stand for on this host.
struct WrittenPlaces: Hashable, Sendable {
    /// Where the copies of its files are, by what the container sees them as.
    var files: [String: String] = [:]
    /// The containers of the services that it shares something with, by the services' names.
    var peers: [String: String] = [:]

    /// The Engine's word for a mode: `service:name` becomes the container that stands for the service now.
    func mode(_ written: String) -> String {
        guard let service = Self.service(in: written), let peer = peers[service] else { return written }
        return "container:\(peer)"
    }

    /// The service that a mode, or a source of volumes, names; nil for anything else.
    static func service(in written: String) -> String? {
        guard written.hasPrefix("service:") else { return nil }
        return written.dropFirst("service:".count).split(separator: ":").first.map(String.init)
    }
}

extension WrittenContainer {
    /// The services whose containers it cannot be made without, ascending.
    var peers: [String] {
        let modes = [network.mode, rights.processMode, rights.ipcMode].compactMap { $0 } + volumesFrom
        return Set(modes.compactMap { WrittenPlaces.service(in: $0) }).sorted()
    }
}
