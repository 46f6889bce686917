/// How a service's image is built.
package struct ComposeBuild: ComposePart, Hashable {
    /// A directory, a repository or an archive.
    package let context: String?
    /// Below the context.
    package let dockerfile: String?
    package let inlineDockerfile: String?
    package let entitlements: [String]
    package let arguments: [String: String?]
    package let provenance: String?
    package let sbom: String?
    /// Paths of keys or of agents' sockets by their names; nil for the agent of whoever builds.
    package let sshKeys: [String: String?]
    package let labels: [String: String]
    package let cacheFrom: [String]
    package let cacheTo: [String]
    package let usesNoCache: Bool
    package let additionalContexts: [String: String]
    /// Whether base images are always pulled.
    package let pulls: Bool
    package let extraHosts: [String: [String]]
    package let isolation: String?
    package let network: String?
    /// The stage.
    package let target: String?
    package let secrets: [ComposeFileMount]
    package let sharedMemoryBytes: Int
    package let tags: [String]
    package let ulimits: [String: ComposeUlimit]
    package let platforms: [String]
    package let isPrivileged: Bool
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        context = fields.text("context")
        dockerfile = fields.text("dockerfile")
        inlineDockerfile = fields.text("dockerfile_inline")
        entitlements = fields.texts("entitlements")
        arguments = fields.variables("args")
        provenance = fields.text("provenance")
        sbom = fields.text("sbom")
        sshKeys = fields.variables("ssh")
        labels = fields.pairs("labels")
        cacheFrom = fields.texts("cache_from")
        cacheTo = fields.texts("cache_to")
        usesNoCache = fields.flag("no_cache")
        additionalContexts = fields.pairs("additional_contexts")
        pulls = fields.flag("pull")
        extraHosts = fields.hosts("extra_hosts")
        isolation = fields.text("isolation")
        network = fields.text("network")
        target = fields.text("target")
        secrets = fields.parts("secrets")
        sharedMemoryBytes = fields.bytes("shm_size")
        tags = fields.texts("tags")
        ulimits = fields.ulimits("ulimits")
        platforms = fields.texts("platforms")
        isPrivileged = fields.flag("privileged")
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("context", context)
            $0.add("dockerfile", dockerfile)
            $0.add("dockerfile_inline", inlineDockerfile)
            $0.add("entitlements", entitlements)
            $0.add("args", arguments)
            $0.add("provenance", provenance)
            $0.add("sbom", sbom)
            $0.add("ssh", sshTexts)
            $0.add("labels", labels)
            $0.add("cache_from", cacheFrom)
            $0.add("cache_to", cacheTo)
            $0.add("no_cache", usesNoCache)
            $0.add("additional_contexts", additionalContexts)
            $0.add("pull", pulls)
            $0.add("extra_hosts", hosts: extraHosts)
            $0.add("isolation", isolation)
            $0.add("network", network)
            $0.add("target", target)
            $0.add("secrets", secrets)
            $0.add("shm_size", bytes: sharedMemoryBytes)
            $0.add("tags", tags)
            $0.add("ulimits", ulimits)
            $0.add("platforms", platforms)
            $0.add("privileged", isPrivileged)
        }
        .value
    }

    private var sshTexts: [String] {
        sshKeys.map { name, path in path.map { "\(name)=\($0)" } ?? name }.sorted()
    }
}
