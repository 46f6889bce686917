import TealCore

/// The labels by which a container is found again; identity is by these, never by name.
struct ContainerLabels: Hashable, Sendable {
    static let home = "teal.home"
    static let project = "teal.project"
    static let service = "teal.service"
    static let slot = "teal.slot"
    static let replica = "teal.replica"
    static let release = "teal.release"
    static let spec = "teal.spec"
    /// A further name in the network, so that it can be put back there.
    static let alias = "teal.alias"
    /// A network's name where it was written.
    static let network = "teal.network"
    /// What a written container says of itself.
    static let written = "teal.written"
    /// A volume's name as the project writes it, or the path in an image whose data it keeps.
    static let volume = "teal.volume"
    /// The name of a once-only run, whose container has no place.
    static let once = "teal.once"

    let home: String
    let place: ReplicaID
    let release: ReleaseID
    /// A hash of what the container was made of, secrets left out.
    let spec: String

    init(home: String, place: ReplicaID, release: ReleaseID, spec: String) {
        self.home = home
        self.place = place
        self.release = release
        self.spec = spec
    }

    /// - Returns: Nil for a container that is no replica of Teal's.
    init?(_ labels: [String: String]) {
        guard let home = labels[Self.home], let spec = labels[Self.spec],
            let project = labels[Self.project].flatMap({ try? ProjectName(parsing: $0) }),
            let service = labels[Self.service].flatMap({ try? ServiceName(parsing: $0) }),
            let slot = labels[Self.slot].flatMap({ Slot(rawValue: $0) }),
            let index = labels[Self.replica].flatMap({ Int($0) }), index >= 0,
            let release = labels[Self.release].flatMap({ ReleaseID(qualified: $0) })
        else { return nil }
        self.home = home
        self.spec = spec
        self.release = release
        place = ReplicaID(service: ServiceKey(project: project, service: service), slot: slot, index: index)
    }

    var all: [String: String] {
        var labels = Self.finding(place, home: home)
        labels[Self.release] = release.qualified
        labels[Self.spec] = spec
        return labels
    }

    /// What a container of a place carries, whatever its release.
    static func finding(_ place: ReplicaID, home: String) -> [String: String] {
        var labels = finding(place.service, home: home)
        labels[Self.slot] = place.slot.rawValue
        labels[Self.replica] = "\(place.index)"
        return labels
    }

    static func finding(_ service: ServiceKey, home: String) -> [String: String] {
        [
            Self.home: home, Self.project: service.project.description,
            Self.service: service.service.description,
        ]
    }
}
