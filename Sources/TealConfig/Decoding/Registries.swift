import TealCore

/// Who pulls from which registry.
struct Registries {
    /// A registry that wants to know who pulls.
    private struct Entry {
        let host: String
        let access: PullAccess
    }

    private let entries: [Entry]

    /// Reads the file's `registries`; what is wrong with an entry has a finding, and leaves it out.
    init(of file: Section) {
        var entries: [Entry] = []
        var hosts: Set<String> = []
        for node in file.list("registries") {
            guard let item = file.section(of: node, for: "registries") else { continue }
            for key in ["host", "username", "password"] where !item.has(key) { item.reportMissing(key) }
            let host = Self.host(in: item)
            if let host, !hosts.insert(host).inserted {
                item.reportConflict("host", "two registries have the host \(host)", "Keep one of the two.")
            }
            let username = item.text("username")
            let password = Self.secretName(in: item)
            guard let host, let username, let password else { continue }
            entries.append(Entry(host: host, access: .init(username: username, passwordSecret: password)))
        }
        self.entries = entries
    }

    /// The service, with who pulls its image.
    func giving(_ service: DecodedService) -> DecodedService {
        var service = service
        if case .image(let text) = service.spec.source, let registry = ImageReference(parsing: text)?.registry {
            service.spec.pull = entries.first { $0.host == registry }?.access
        }
        return service
    }

    /// What is said of registries that no image is from.
    func warnings(_ services: [ServiceSpec]) -> [String] {
        let used = Set(
            services.compactMap { service -> String? in
                guard case .image(let text) = service.source else { return nil }
                return ImageReference(parsing: text)?.registry
            }
        )
        return entries.filter { !used.contains($0.host) }.map { "registries: no service has an image of \($0.host)" }
    }

    /// The registry as references of images name it.
    private static func host(in item: Section) -> String? {
        guard let text = item.text("host"), let node = item.node("host") else { return nil }
        var bare = text.firstRange(of: "://").map { String(text[$0.upperBound...]) } ?? text
        bare = String(bare.prefix { $0 != "/" })
        let isHub = ["docker.io", "index.docker.io"].contains(text)
        let isDockersOwn = bare == "docker" || bare.hasSuffix("docker.com") || bare.hasSuffix("docker.io")
        if isHub || !isDockersOwn, let registry = ImageReference(parsing: "\(text)/image")?.registry,
            isHub || registry == text
        {
            return registry
        }
        let meant = isDockersOwn ? "docker.io" : bare
        let isFit = ImageReference(parsing: "\(meant)/image").map { $0.registry == meant } ?? false
        item.findings.add(
            .value,
            on: node,
            "'\(Phrase.short(text))' is not a registry's host",
            isFit ? "Write `host: \(meant)`." : "Write it as images name it, such as `host: ghcr.io`."
        )
        return nil
    }

    /// The name of the secret that is the password.
    private static func secretName(in item: Section) -> String? {
        guard let text = item.text("password"), let node = item.node("password") else { return nil }
        // Somebody may have written the value here; a token has small letters in it, and often looks like a name.
        guard EnvironmentVariableName.isFit(text), text == text.uppercased(), !text.hasPrefix("TEAL_") else {
            item.findings.add(
                .value,
                at: node.place,
                key: node.key,
                "`password` must be the name of a secret, in capitals",
                """
                Write `password: REGISTRY_PASSWORD` here, never the value, and a line `REGISTRY_PASSWORD=…` in the \
                secrets file.
                """
            )
            return nil
        }
        return text
    }
}
