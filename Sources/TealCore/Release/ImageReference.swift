/// The name of an image as people write it, such as `ghcr.io/acme/shop:1.4.2` or `nginx@sha256:…`.
///
/// Follows the grammar of `distribution/reference` and the OCI distribution specification 1.1, "Pulling manifests".
package struct ImageReference: Hashable, Sendable, CustomStringConvertible {
    /// The registry's host, with its port if it has one; `docker.io` where none is written.
    package let registry: String
    /// The path in the registry; `library/` is put before a single name of `docker.io`.
    package let repository: String
    /// Nil where only a digest is given; `latest` where neither is.
    package let tag: String?
    /// `sha256:` and 64 hexadecimal digits.
    package let digest: String?

    /// - Returns: Nil for what is no image's name.
    package init?(parsing text: String) {
        guard text.utf8.count <= 512 else { return nil }
        var rest = text[...]
        if let at = rest.firstIndex(of: "@") {
            digest = String(rest[rest.index(after: at)...])
            guard Self.isDigest(digest ?? "") else { return nil }
            rest = rest[..<at]
        } else {
            digest = nil
        }
        var tag: String?
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("/") {
            let written = rest[rest.index(after: colon)...]
            guard Self.isTag(written) else { return nil }
            tag = String(written)
            rest = rest[..<colon]
        }
        self.tag = tag ?? (digest == nil ? "latest" : nil)
        var path = rest
        if let slash = rest.firstIndex(of: "/"), Self.isRegistry(rest[..<slash]) {
            let host = rest[..<slash]
            registry = host == "index.docker.io" ? "docker.io" : String(host)
            path = rest[rest.index(after: slash)...]
        } else {
            registry = "docker.io"
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.isEmpty, parts.allSatisfy(Self.isPathPart) else { return nil }
        repository = registry == "docker.io" && parts.count == 1 ? "library/\(path)" : String(path)
    }

    /// `ghcr.io/acme/shop`, without tag and digest; short as the Engine shows it for `docker.io`.
    package var name: String {
        guard registry == "docker.io" else { return "\(registry)/\(repository)" }
        return repository.hasPrefix("library/") ? String(repository.dropFirst("library/".count)) : repository
    }

    package var description: String {
        name + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
    }

    private static func isDigest(_ text: String) -> Bool {
        let digits = text.utf8.dropFirst("sha256:".utf8.count)
        return text.hasPrefix("sha256:") && digits.count == 64
            && digits.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    private static func isTag(_ text: Substring) -> Bool {
        guard (1...128).contains(text.utf8.count), let first = text.utf8.first, first != 0x2E, first != 0x2D else {
            return false
        }
        return text.utf8.allSatisfy { isWord($0) || $0 == 0x2E || $0 == 0x2D }
    }

    /// A first part is a registry when it could not be a repository's name: it has a dot or a port, or is `localhost`.
    private static func isRegistry(_ text: Substring) -> Bool {
        guard text.contains(".") || text.contains(":") || text == "localhost" else { return false }
        return text.utf8.allSatisfy { isWord($0) && $0 != 0x5F || [0x2D, 0x2E, 0x3A, 0x5B, 0x5D].contains($0) }
    }

    private static func isPathPart(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last, isLowerWord(first), isLowerWord(last) else {
            return false
        }
        return text.utf8.allSatisfy { isLowerWord($0) || [0x2D, 0x2E, 0x5F].contains($0) }
    }

    private static func isLowerWord(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) }
    private static func isWord(_ byte: UInt8) -> Bool {
        isLowerWord(byte) || (0x41...0x5A).contains(byte) || byte == 0x5F
    }
}
