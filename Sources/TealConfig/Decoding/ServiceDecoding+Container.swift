import TealCore

extension ServiceDecoding {
    /// The image that the service runs; nil with a finding.
    func image() -> ServiceSource? {
        guard let text = section.text("image"), let node = section.node("image") else { return nil }
        if let reference = ImageReference(parsing: text) {
            // What `docker images` shows as an ID would be pulled as a repository named `sha256`.
            guard reference.repository == "library/sha256" else { return .image(text) }
            findings.add(
                .value,
                on: node,
                "'\(Phrase.short(text))' is an image's ID, not its name",
                "Give it a name with `docker tag`, such as `\(name):dev`, and write that."
            )
            return nil
        }
        findings.add(
            .value,
            on: node,
            "'\(Phrase.short(text))' is not an image's name",
            ImageAdvice.instead(of: text)
        )
        return nil
    }

    /// How its container is confined, with what is assumed when nothing is said.
    mutating func decodeContainer(_ spec: inout ServiceSpec, for source: ServiceSource?) {
        guard let source else {
            // What it runs from is not known, so only the form is looked at.
            _ = policy(for: spec)
            return
        }
        if source.isArtifact {
            guard let node = section.node("container"), !Self.isDefault(node), !surroundings.isDevelopment else {
                return
            }
            section.reportConflict(
                "container",
                "`container` confines containers, and `\(section.key)` runs its artifact as processes",
                "Remove it, or run an `image`."
            )
            return
        }
        spec.container = policy(for: spec)
        if surroundings.isDevelopment {
            // Programs that see changes write beside what they watch.
            spec.container.readOnlyRoot = spec.container.readOnlyRoot ?? false
        } else if !section.has("container") {
            notes.assumptions.append(
                spec.kind == .accessory
                    ? "\(name): nothing said about its container, so it may write to its root file system"
                    : """
                    \(name): nothing said about its container, so it writes to volumes and to /run, /tmp, /var/cache, \
                    /var/run and /var/tmp only, which end with it
                    """
            )
        }
    }

    private func policy(for spec: ServiceSpec) -> ContainerPolicy {
        var policy = ContainerPolicy()
        guard let container = section.section("container") else { return policy }
        policy.user = user(in: container)
        policy.readOnlyRoot = container.boolean("readOnly")
        policy.temporary = temporary(in: container, beside: spec.volumes)
        policy.capabilities = capabilities(in: container)
        policy.newPrivileges = container.boolean("newPrivileges") ?? policy.newPrivileges
        policy.processesMax = container.integer("processesMax") ?? policy.processesMax
        return policy
    }

    private func user(in container: Section) -> String? {
        guard let text = container.text("user"), let node = container.node("user") else { return nil }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy(Self.isUserName) else {
            findings.add(
                .value,
                on: node,
                "'\(Phrase.short(text))' is neither a user nor a user and a group",
                "Write `user: app`, `user: 1000` or `user: \"1000:1000\"`."
            )
            return nil
        }
        return text
    }

    /// A portable name, or a number (POSIX.1-2017 section 3.437).
    private static func isUserName(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, first != UInt8(ascii: "-"), text.utf8.count <= 64 else { return false }
        return text.utf8.allSatisfy { isAlphanumeric($0) || "_.-".utf8.contains($0) }
    }

    /// The directories in memory; nil when nothing is said of them.
    private func temporary(in container: Section, beside volumes: [Volume]) -> [String]? {
        guard container.has("temporary") else { return nil }
        var paths: [String] = []
        for node in container.list("temporary") {
            guard let path = container.text(of: node, for: "temporary") else { continue }
            guard path.hasPrefix("/"), path != "/", Self.isPlain(path), !path.contains(":"), !path.contains(",") else {
                findings.add(
                    .value,
                    on: node,
                    "'\(Phrase.short(path))' is not a directory that can be in memory",
                    "Write an absolute path such as /tmp, without `.`, `..`, `:` and `,`."
                )
                continue
            }
            if volumes.contains(where: { $0.target == path }) {
                findings.add(
                    .conflict,
                    on: node,
                    "\(path) is both a volume and in memory",
                    "Keep it in one of the two."
                )
            } else if paths.contains(path) {
                findings.add(.conflict, on: node, "\(path) is named twice", "Keep one of the two.")
            }
            paths.append(path)
        }
        return paths
    }

    /// The capabilities that are kept; nil when nothing is said of them.
    private func capabilities(in container: Section) -> [String]? {
        guard container.has("capabilities") else { return nil }
        var names: [String] = []
        for node in container.list("capabilities") {
            guard let text = container.text(of: node, for: "capabilities") else { continue }
            guard let name = CapabilityName.parse(text) else {
                findings.add(
                    .value,
                    on: node,
                    "there is no capability '\(Phrase.short(text))'",
                    text.uppercased() == "ALL"
                        ? "Name those that it needs, such as `capabilities: [NET_RAW]`."
                        : NearestWord.to(text, in: CapabilityName.all).map { "Did you mean `\($0)`?" }
                            ?? "capabilities(7) lists them; write them without `CAP_`."
                )
                continue
            }
            if !names.contains(name) { names.append(name) }
        }
        return names
    }
}

/// Finds what a person who wrote no image's name meant.
enum ImageAdvice {
    static func instead(of text: String) -> String {
        if text.contains("$") { return "Write variables with braces, such as `${VERSION}`." }
        if let scheme = text.firstRange(of: "://") {
            let rest = String(text[scheme.upperBound...].drop { $0 == "/" })
            if ImageReference(parsing: rest) != nil { return "Leave out what stands before it: `image: \(rest)`." }
        }
        if let at = text.firstIndex(of: "@"), ImageReference(parsing: String(text[..<at])) != nil {
            return "A digest is `sha256:` and 64 characters of 0-9 and a-f; copy it whole, or leave it out."
        }
        let lower = lowercased(text)
        if lower != text, ImageReference(parsing: lower) != nil {
            return "Write `image: \(lower)`; only a tag may have capitals."
        }
        return "Write it as `docker pull` takes it, such as `image: ghcr.io/acme/shop:1.4.2`."
    }

    /// The text with its tag as it is and everything else in lower case.
    private static func lowercased(_ text: String) -> String {
        guard let colon = text.lastIndex(of: ":"), !text[colon...].contains("/") else { return text.lowercased() }
        return text[..<colon].lowercased() + text[colon...]
    }
}
