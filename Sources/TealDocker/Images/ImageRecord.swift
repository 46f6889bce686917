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
