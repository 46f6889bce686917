/// What the runtime remembers of a release's image.
struct ImageRecord: Hashable, Sendable, Codable {
    var format = 1
    /// The image's ID on this host.
    var id: String
    /// The tag under `teal/` that keeps it.
    var tag: String
    /// `repository@sha256:…` when Teal pulled it; goes with the release.
    var pulled: String?
}

/// What the runtime remembers of an image that a look brought to the host, of an engine that asks a registry by a pull alone.
struct PulledRecord: Hashable, Sendable, Codable {
    var format = 1
    /// The image's ID on this host.
    var id: String
    /// The name that the pull gave it; nil where somebody had that name for another image before.
    var name: String?
}
