package import TealCore

/// What may be removed, or its removal: `POST /v1/prune`.
package struct PruneRequest: Hashable, Sendable, Codable {
    /// Nil for all projects of the host.
    package let project: ProjectName?
    /// False only says what would be removed.
    package let apply: Bool

    package init(project: ProjectName?, apply: Bool) {
        self.project = project
        self.apply = apply
    }
}

/// What no rollback needs.
package struct PruneView: Hashable, Sendable, Codable {
    package let items: [PruneItem]
    /// Whether the items were removed.
    package let applied: Bool

    package init(items: [PruneItem], applied: Bool) {
        self.items = items
        self.applied = applied
    }
}

/// One thing that may be removed.
package struct PruneItem: Hashable, Sendable, Codable {
    /// Such as `artifact 3f2a… of web@12`.
    package let what: String
    /// Why nothing needs it.
    package let why: String
    /// What it takes on disk; nil when that is unknown.
    package let sizeBytes: Int?

    package init(what: String, why: String, sizeBytes: Int?) {
        self.what = what
        self.why = why
        self.sizeBytes = sizeBytes
    }
}
