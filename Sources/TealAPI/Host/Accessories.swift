package import TealCore

/// Starts, stops or restarts accessories as they are: `POST /v1/accessories`.
///
/// A release of an accessory is another matter: that is a rollout whose order names it among its `upgrades`.
package struct AccessoryRequest: Hashable, Sendable, Codable {
    package enum Action: String, Hashable, Sendable, Codable, CaseIterable {
        /// To run, and to be kept running; ready when it is answered.
        case start
        /// Not to run until a person starts it again, or upgrades it.
        case stop
        /// To stop and to start again, ready when it is answered.
        case restart
    }

    package let project: ProjectName
    /// Empty for every accessory of the project.
    package let services: [ServiceName]
    package let action: Action
    /// False only says what would be done.
    package let apply: Bool
    /// Who asks, such as `anna@laptop`.
    package let author: String

    package init(
        project: ProjectName,
        services: [ServiceName],
        action: Action,
        apply: Bool,
        author: String
    ) {
        self.project = project
        self.services = services
        self.action = action
        self.apply = apply
        self.author = author
    }
}

/// What is done to accessories, in that order: what others need starts first and stops last.
package struct AccessoriesView: Hashable, Sendable, Codable {
    package let action: AccessoryRequest.Action
    package let accessories: [AccessoryView]
    /// Whether it was done; else it would be.
    package let applied: Bool

    package init(action: AccessoryRequest.Action, accessories: [AccessoryView], applied: Bool) {
        self.action = action
        self.accessories = accessories
        self.applied = applied
    }
}

/// What is done to one accessory.
package struct AccessoryView: Hashable, Sendable, Codable {
    package let service: String
    /// Such as `db@3`.
    package let release: String
    /// Whether it already is as asked, so that nothing is done.
    package let isSo: Bool
    /// The services that run now and need it, by name, those that need it through others included.
    package let neededBy: [String]
    /// From before it was told to stop until it was ready again; nil unless a restart was carried out.
    package let gapSeconds: Double?

    package init(service: String, release: String, isSo: Bool, neededBy: [String], gapSeconds: Double? = nil) {
        self.service = service
        self.release = release
        self.isSo = isSo
        self.neededBy = neededBy
        self.gapSeconds = gapSeconds
    }

    /// The same, with the gap that was measured.
    package func measured(_ gapSeconds: Double?) -> AccessoryView {
        AccessoryView(service: service, release: release, isSo: isSo, neededBy: neededBy, gapSeconds: gapSeconds)
    }
}

/// An accessory that has changed and that a deploy leaves as it is, since nobody has agreed to its replacement.
package struct LeftAccessory: Hashable, Sendable, Codable {
    package let service: String
    /// What goes on running, such as `db@3`.
    package let release: String
    /// What has changed, one a line, such as `image: postgres:16 (sha256:…) -> postgres:17 (sha256:…)`; never a value of a
    /// variable or a secret.
    package let changes: [String]
    /// What to expect of its replacement.
    package let downtime: String
    /// What replaces it, such as `teal accessory upgrade db`.
    package let next: String

    package init(service: String, release: String, changes: [String], downtime: String, next: String) {
        self.service = service
        self.release = release
        self.changes = changes
        self.downtime = downtime
        self.next = next
    }
}

/// For how long an accessory was away while a rollout replaced it.
package struct AccessoryGap: Hashable, Sendable, Codable {
    package let service: String
    /// From before the old one was told to stop until a replica had passed its health gate, or until now.
    package let seconds: Double
    /// Whether it is ready again.
    package let isOver: Bool

    package init(service: String, seconds: Double, isOver: Bool) {
        self.service = service
        self.seconds = seconds
        self.isOver = isOver
    }
}

/// Who stopped a service through Teal, and when; it is left stopped.
package struct StopView: Hashable, Sendable, Codable {
    package let by: String
    /// Seconds since 1970.
    package let at: Double

    package init(by: String, at: Double) {
        self.by = by
        self.at = at
    }
}
