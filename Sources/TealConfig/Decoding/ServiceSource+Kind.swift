import TealCore

extension ServiceSource {
    /// Whether it is an artifact.
    var isArtifact: Bool {
        guard case .artifact = self else { return false }
        return true
    }
}
