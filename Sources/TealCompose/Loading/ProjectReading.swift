import TealCore

/// Turns the finished tree into a project, and checks what concerns several of its parts.
struct ProjectReading {
    let problems: ProblemList
    let environment: [String: String]
    let profiles: [String]

    /// - Throws: Everything that is wrong with the values' types, then everything that is wrong with what they refer to.
    func project(
        _ root: ComposeMapping,
        name: String,
        directory: String,
        files: [ComposeSource]
    ) throws(ComposeProblems) -> ComposeProject {
        let place = SourcePlace.start(of: files.first?.name ?? "")
        let fields = Fields(mapping: root, place: place, path: NodePath(), problems: problems)
        let services = fields.named("services", as: ComposeService.self)
        let places = ComposePlaces(ComposeNode(.mapping(root), at: place))
        var project = ComposeProject(
            name: name,
            directory: directory,
            files: files.map(\.path),
            profiles: profiles.filter { !$0.isEmpty },
            services: services.filter { isEnabled($0.value) },
            disabledServices: services.filter { !isEnabled($0.value) },
            networks: fields.named("networks"),
            volumes: fields.named("volumes"),
            secrets: fields.named("secrets"),
            configs: fields.named("configs"),
            models: fields.named("models"),
            extensions: fields.extensions,
            places: places,
            emptyVariables: problems.emptyVariables
        )
        try problems.check()
        ProjectChecks(project: project, problems: problems).run()
        alignReplicas(&project)
        ServiceFiles(problems: problems, environment: environment, places: places).read(into: &project.services)
        try problems.check()
        return project.withoutUnusedResources
    }

    private func isEnabled(_ service: ComposeService) -> Bool {
        service.profiles.isEmpty || profiles.contains("*") || !Set(service.profiles).isDisjoint(with: profiles)
    }

    /// `scale` and `deploy.replicas` say the same.
    private func alignReplicas(_ project: inout ComposeProject) {
        for (name, service) in project.services {
            guard let scale = service.scale, service.deploy != nil else { continue }
            project.services[name]?.deploy?.replicas = scale
        }
    }
}

extension ComposeProject {
    /// The project without what no enabled service uses.
    var withoutUnusedResources: ComposeProject {
        let all = services.values
        let networks = Set(all.flatMap(\.networks.keys))
        let volumes = Set(all.flatMap(\.mounts).filter { $0.type == "volume" }.compactMap(\.source))
        let secrets = Set(all.flatMap { $0.secrets + ($0.build?.secrets ?? []) }.map(\.source))
        let configs = Set(all.flatMap(\.configs).map(\.source))
        let models = Set(all.flatMap(\.models.keys))
        var project = self
        project.networks = project.networks.filter { networks.contains($0.key) }
        project.volumes = project.volumes.filter { volumes.contains($0.key) }
        project.secrets = project.secrets.filter { secrets.contains($0.key) }
        project.configs = project.configs.filter { configs.contains($0.key) }
        project.models = project.models.filter { models.contains($0.key) }
        return project
    }
}
