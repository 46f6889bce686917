import TealCore

/// Checks what the enabled services of a project say against each other and against what there is.
struct ProjectChecks {
    let project: ComposeProject
    let problems: ProblemList

    func run() {
        for name in project.services.keys.sorted() {
            guard let service = project.services[name] else { continue }
            checkSource(service)
            checkReferences(service)
            checkDependencies(service)
            checkScale(service)
            checkLimits(service)
            checkMounts(service)
        }
        checkSecrets()
        checkContainerNames()
        DependencyCycles(project: project, problems: problems).check()
    }

    func path(_ service: ComposeService, _ keys: String...) -> NodePath { NodePath(["services", service.name] + keys) }

    func add(
        _ code: ComposeProblem.Code,
        _ path: NodePath,
        value: String? = nil,
        _ message: String,
        _ suggestion: String = ""
    ) {
        problems.add(code, at: project.places[path.parts], path, value: value.map(Phrase.short), message, suggestion)
    }

    private func checkSource(_ service: ComposeService) {
        if service.build == nil, service.image == nil, service.provider == nil { reportNoSource(service) }
        if let build = service.build {
            if build.dockerfile != nil, build.inlineDockerfile != nil {
                let path = path(service, "build", "dockerfile_inline")
                add(.conflict, path, "`dockerfile` and `dockerfile_inline` exclude each other", "Write one of them.")
            }
            if let platform = service.platform, !build.platforms.isEmpty, !build.platforms.contains(platform) {
                add(
                    .conflict,
                    path(service, "build", "platforms"),
                    value: platform,
                    "the image is not built for the platform that the service runs on",
                    "Add `\(platform)` to `build.platforms`."
                )
            }
            for (name, context) in build.additionalContexts.sorted(by: { $0.key < $1.key }) {
                checkContext(context, path(service, "build", "additional_contexts", name))
            }
        }
        if let first = service.healthcheck?.test.first, !["CMD", "CMD-SHELL", "NONE"].contains(first) {
            add(
                .value,
                path(service, "healthcheck", "test"),
                value: first,
                "the test must begin with `CMD`, `CMD-SHELL` or `NONE`",
                "Write `[\"CMD\", \"\(Phrase.short(first))\", …]`, or the command as one text for a shell."
            )
        }
        for (index, watch) in (service.develop?.watch ?? []).enumerated()
        where watch.target == nil && !["rebuild", "restart"].contains(watch.action) {
            let path = path(service, "develop", "watch", "[\(index)]")
            add(.missing, path, "`\(watch.action)` needs a `target`", "Add `target:` with a path in the container.")
        }
    }

    private func reportNoSource(_ service: ComposeService) {
        let image = path(service, "image")
        // What is written there may have come out empty.
        let variables = problems.emptyVariables[project.places[image.parts]] ?? []
        guard variables.isEmpty else {
            let names = Phrase.all(variables)
            let verb = variables.count == 1 ? "is" : "are"
            return add(
                .missing,
                image,
                "nothing is left of the image of `\(service.name)`: \(names) \(verb) empty or not set",
                "Set \(names) in the environment, in `.env` or in a file given with `--env-file`."
            )
        }
        add(
            .missing,
            path(service),
            "the service `\(service.name)` has neither an image nor a build",
            "Write `image: NAME:TAG` or `build: DIRECTORY`."
        )
    }

    private func checkContext(_ context: String, _ path: NodePath) {
        guard context.hasPrefix("service:") else { return }
        let name = String(context.dropFirst("service:".count))
        guard let service = project.services[name] else {
            return add(
                .reference,
                path,
                value: context,
                "there is no service `\(name)`",
                nearest(name, project.services.keys)
            )
        }
        if service.build == nil { add(.reference, path, value: context, "the service `\(name)` is not built") }
    }

    private func checkReferences(_ service: ComposeService) {
        if service.networkMode != nil, !service.networks.isEmpty {
            add(
                .conflict,
                path(service, "network_mode"),
                value: service.networkMode,
                "`network_mode` and `networks` exclude each other",
                "Write one of them."
            )
        }
        for name in service.networks.keys.sorted() where project.networks[name] == nil {
            report("network", "networks", name, path(service, "networks", name), project.networks.keys)
        }
        for (index, mount) in service.mounts.enumerated() where mount.type == "volume" {
            guard let name = mount.source, project.volumes[name] == nil else { continue }
            report("volume", "volumes", name, path(service, "volumes", "[\(index)]"), project.volumes.keys)
        }
        for (index, secret) in (service.build?.secrets ?? []).enumerated() where project.secrets[secret.source] == nil {
            report(
                "secret",
                "secrets",
                secret.source,
                path(service, "build", "secrets", "[\(index)]"),
                project.secrets.keys
            )
        }
        for (index, secret) in service.secrets.enumerated() where project.secrets[secret.source] == nil {
            report("secret", "secrets", secret.source, path(service, "secrets", "[\(index)]"), project.secrets.keys)
        }
        for (index, config) in service.configs.enumerated() where project.configs[config.source] == nil {
            report("config", "configs", config.source, path(service, "configs", "[\(index)]"), project.configs.keys)
        }
        for name in service.models.keys.sorted() where project.models[name] == nil {
            report("model", "models", name, path(service, "models", name), project.models.keys)
        }
    }

    private func report(_ kind: String, _ key: String, _ name: String, _ path: NodePath, _ known: some Sequence<String>)
    {
        let near = nearest(name, known)
        add(
            .reference,
            path,
            "there is no \(kind) `\(Phrase.short(name))`",
            near.isEmpty ? "Declare it below the top-level `\(key)`." : near
        )
    }

    func nearest(_ name: String, _ known: some Sequence<String>) -> String {
        NearestWord.to(name, in: known.sorted()).map { "Did you mean `\($0)`?" } ?? ""
    }

    private func checkDependencies(_ service: ComposeService) {
        for (name, dependency) in service.dependencies.sorted(by: { $0.key < $1.key })
        where project.services[name] == nil {
            if let disabled = project.disabledServices[name] {
                guard dependency.isRequired else { continue }
                let profiles = disabled.profiles.map { "`\($0)`" }
                add(
                    .reference,
                    path(service, "depends_on", name),
                    "`\(service.name)` depends on `\(name)`, which no profile enables",
                    """
                    Enable the profile \(Phrase.oneOf(profiles)) by `compose: {profiles: […]}` in teal.yml, by COMPOSE_PROFILES \
                    or by `--profile`, or write `required: false`.
                    """
                )
                continue
            }
            add(
                .reference,
                path(service, "depends_on", name),
                "`\(service.name)` depends on `\(Phrase.short(name))`, and there is no such service",
                nearest(name, project.services.keys)
            )
        }
    }

    private func checkScale(_ service: ComposeService) {
        let replicas = service.deploy?.replicas
        if let scale = service.scale, let replicas, scale != replicas {
            let path = path(service, "scale")
            add(
                .conflict,
                path,
                value: "\(scale)",
                "`scale` and `deploy.replicas` (\(replicas)) differ",
                "Write one of them."
            )
        }
        if let scale = service.scale, scale < 0 {
            add(.value, path(service, "scale"), value: "\(scale)", "`scale` must be at least 0")
        }
        if service.scale == nil, let replicas, replicas < 0 {
            add(.value, path(service, "deploy", "replicas"), value: "\(replicas)", "`replicas` must be at least 0")
        }
        if service.scale ?? replicas ?? 1 > 1, let name = service.containerName {
            add(
                .conflict,
                path(service, "container_name"),
                value: name,
                "several replicas cannot share one `container_name`",
                "Remove `container_name`, or run one replica."
            )
        }
    }

    /// The same limit in its old and its new place must be the same.
    private func checkLimits(_ service: ComposeService) {
        let limits = service.deploy?.resources.limits
        let reserved = service.deploy?.resources.reservations
        func check(_ key: String, _ other: String, differs: Bool) {
            guard differs else { return }
            let path = path(service, key)
            add(
                .conflict,
                path,
                "`\(key)` and `deploy.resources.\(other)` differ",
                "Write only `deploy.resources.\(other)`."
            )
        }
        if let limits {
            check("cpus", "limits.cpus", differs: service.cpus != 0 && limits.cpus != service.cpus)
            let memory = service.memoryBytes
            check("mem_limit", "limits.memory", differs: memory != 0 && limits.memoryBytes != memory)
            let processes = service.processesMax
            check("pids_limit", "limits.pids", differs: processes != 0 && limits.processes != processes)
        }
        if let reserved {
            let memory = service.memoryReservedBytes
            check("mem_reservation", "reservations.memory", differs: memory != 0 && reserved.memoryBytes != memory)
        }
    }

    private func checkMounts(_ service: ComposeService) {
        var seen: [String: NodePath] = [:]
        var targets = service.tmpfs.enumerated().map {
            (String($0.element.prefix { $0 != ":" }), path(service, "tmpfs", "[\($0.offset)]"))
        }
        targets += service.mounts.enumerated().map {
            ($0.element.target ?? "", path(service, "volumes", "[\($0.offset)]"))
        }
        for (target, path) in targets {
            if let other = seen[target] {
                add(
                    .conflict,
                    path,
                    value: target,
                    "two mounts have the same target, the other one is \(other)",
                    "Remove one of the two, or change its target."
                )
            }
            seen[target] = path
        }
    }

    private func checkSecrets() {
        for (name, secret) in project.secrets.sorted(by: { $0.key < $1.key })
        where !secret.isExternal && secret.file == nil && secret.environment == nil {
            let path = NodePath(["secrets", name])
            add(.missing, path, "the secret `\(name)` has neither `file` nor `environment`", "Write one of them.")
        }
    }

    private func checkContainerNames() {
        var seen: [String: String] = [:]
        for name in project.services.keys.sorted() {
            guard let service = project.services[name], let container = service.containerName else { continue }
            if let other = seen[container] {
                add(
                    .conflict,
                    path(service, "container_name"),
                    value: container,
                    "the services `\(other)` and `\(name)` have the same `container_name`",
                    "Give each its own."
                )
            }
            seen[container] = name
        }
    }
}
