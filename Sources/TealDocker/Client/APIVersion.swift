/// A version of the Docker Engine API, such as `1.41`.
package struct APIVersion: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let major: Int
    package let minor: Int

    package init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// - Returns: Nil for what is no version.
    package init?(parsing text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let major = Int(parts[0]), let minor = Int(parts[1]), major >= 0, minor >= 0 else {
            return nil
        }
        self.init(major, minor)
    }

    package static func < (one: Self, other: Self) -> Bool { (one.major, one.minor) < (other.major, other.minor) }
    package var description: String { "\(major).\(minor)" }

    /// The oldest that this client speaks (Docker 20.10).
    package static let oldest = APIVersion(1, 41)
    /// The newest that this client knows (Docker 29).
    package static let newest = APIVersion(1, 52)

    /// The version that both sides speak: the newest known to both.
    ///
    /// - Parameters:
    ///   - highest: The engine's `ApiVersion`.
    ///   - lowest: The engine's `MinAPIVersion`; nil where it does not say.
    /// - Returns: The version to put into every path.
    /// - Throws: ``DockerError/engineTooOld(speaks:needed:)`` or ``DockerError/engineTooNew(needs:known:)``.
    static func negotiate(highest: APIVersion, lowest: APIVersion?) throws(DockerError) -> APIVersion {
        guard highest >= oldest else { throw .engineTooOld(speaks: highest, needed: oldest) }
        let chosen = min(highest, newest)
        if let lowest, lowest > chosen { throw .engineTooNew(needs: lowest, known: newest) }
        return chosen
    }
}
