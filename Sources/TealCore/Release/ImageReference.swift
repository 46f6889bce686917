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
        if let slash = rest.firstIndex(of: "/"), Self.meansRegistry(rest[..<slash]) {
            let host = rest[..<slash]
            guard Self.isRegistry(host) else { return nil }
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

    /// Whether a first part is meant as a registry: it has a dot or a port, or is `localhost`.
    private static func meansRegistry(_ text: Substring) -> Bool {
        text.contains(".") || text.contains(":") || text == "localhost"
    }

    /// A host name or an address, with or without a port.
    private static func isRegistry(_ text: Substring) -> Bool {
        var host = text
        if let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") {
            let digits = text[text.index(after: colon)...].utf8
            guard (1...5).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
                return false
            }
            host = text[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            return host.utf8.count > 2
                && host.dropFirst().dropLast().utf8.allSatisfy { isHexadecimal($0) || $0 == 0x3A }
        }
        return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            guard let first = label.utf8.first, let last = label.utf8.last else { return false }
            return isAlphanumeric(first) && isAlphanumeric(last)
                && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == 0x2D }
        }
    }

    /// Words of `a`–`z` and `0`–`9`, with `.`, `_`, `__` or any number of `-` between them.
    private static func isPathPart(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last, isLowerWord(first), isLowerWord(last) else {
            return false
        }
        return text.utf8.split(whereSeparator: isLowerWord).allSatisfy { between in
            switch between.first {
            case 0x2E: between.count == 1
            case 0x5F: between.count <= 2 && between.allSatisfy { $0 == 0x5F }
            default: between.allSatisfy { $0 == 0x2D }
            }
        }
    }

    private static func isLowerWord(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
    }
    private static func isAlphanumeric(_ byte: UInt8) -> Bool { isLowerWord(byte) || (0x41...0x5A).contains(byte) }
    private static func isWord(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || byte == 0x5F }
    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) || (0x41...0x46).contains(byte)
    }
}
