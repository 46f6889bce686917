import TealCore

/// How an image is made of sources on this machine, by `docker build`.
package struct ImageBuild: Hashable, Sendable {
    /// What follows `docker build`, the context last.
    package let arguments: [String]
    /// The Dockerfile where the Compose file has it in itself, for the standard input.
    package let dockerfile: String?

    /// - Parameter build: What the Compose file says.
    init(_ build: ComposeBuild) {
        let context = build.context ?? "."
        var words: [String] = []
        func add(_ option: String, _ values: [String]) { for value in values { words += [option, value] } }
        func pairs(_ values: [String: String]) -> [String] { values.map { "\($0.key)=\($0.value)" }.sorted() }
        if build.inlineDockerfile != nil {
            add("--file", ["-"])
        } else if let file = build.dockerfile {
            // The program takes it from its own working directory, and Compose from the context.
            let isBelow = context.hasPrefix("/") && !file.hasPrefix("/")
            add("--file", [isBelow ? "\(context)/\(file)" : file])
        }
        add("--target", build.target.map { [$0] } ?? [])
        // One without a value has that of the surroundings.
        add("--build-arg", build.arguments.map { name, value in value.map { "\(name)=\($0)" } ?? name }.sorted())
        add("--label", pairs(build.labels))
        add("--build-context", pairs(build.additionalContexts))
        add("--add-host", build.extraHosts.flatMap { host, all in all.map { "\(host):\($0)" } }.sorted())
        add("--cache-from", build.cacheFrom)
        add("--network", build.network.map { [$0] } ?? [])
        add("--platform", build.platforms)
        add("--shm-size", build.sharedMemoryBytes == 0 ? [] : ["\(build.sharedMemoryBytes)"])
        add("--tag", build.tags)
        if build.usesNoCache { words.append("--no-cache") }
        if build.pulls { words.append("--pull") }
        arguments = words + [context]
        dockerfile = build.inlineDockerfile
    }

    /// The keys of a build that are not carried out, by name.
    static func left(_ build: ComposeBuild) -> [String] {
        let all: [(String, Bool)] = [
            ("cache_to", !build.cacheTo.isEmpty), ("entitlements", !build.entitlements.isEmpty),
            ("isolation", build.isolation != nil), ("privileged", build.isPrivileged),
            ("provenance", build.provenance != nil), ("sbom", build.sbom != nil),
            ("secrets", !build.secrets.isEmpty), ("ssh", !build.sshKeys.isEmpty),
            ("ulimits", !build.ulimits.isEmpty), ("platforms", build.platforms.count > 1),
        ]
        return all.filter(\.1).map(\.0)
    }
}

/// What is made ready so that a service can be worked on.
extension ServiceTranslation {
    mutating func prepareWork(on result: inout TranslatedService) {
        result.isShown = service.attaches ?? true
        if let build = service.build, steering.image == nil {
            for key in ImageBuild.left(build) {
                report(
                    .conflict,
                    path("build", key),
                    "`teal dev` does not build with `\(key)`",
                    "Build it yourself and name it: `\(service.name): {image: NAME}` in another Compose file, with `build: !reset`."
                )
            }
            result.build = ImageBuild(build)
        }
        let rules = service.develop?.watch ?? []
        guard let rule = rules.first else { return }
        let actions = Set(rules.map(\.action)).sorted().map { "`\($0)`" }
        let example = "\(rule.path):\(rule.target ?? "/app")"
        warnings.append(
            """
            \(name): `develop.watch` (\(Phrase.all(actions))) is not carried out; what is mounted can be changed at once: write \
            `volumes: ["\(example)"]` and a command that sees changes, or type `teal dev` again to build anew
            """
        )
    }
}
