import TealCore

extension ServiceSource {
    /// Whether it is an artifact, handed over or built on the server.
    var isArtifact: Bool {
        switch self {
        case .artifact, .git: true
        case .image: false
        }
    }
}
