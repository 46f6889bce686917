import TealCore

/// Makes one service that Teal runs of one of a Compose project.
struct ServiceTranslation {
    let service: ComposeService
    let name: ServiceName
    let surroundings: ComposeTranslation.Surroundings
    var written: WrittenContainer
    var spec: ServiceSpec
    var notes: [NodePath: ComposeReport.Verdict] = [:]
    var secrets: [String: Secret] = [:]
    var warnings: [String] = []
    var assumed: [String] = []
    /// Why two releases cannot run side by side.
    var alone: [String] = []
    /// Ports of the host that the proxy takes over, with where each is written.
    var taken: [TakenPort] = []

    init(_ service: ComposeService, _ name: ServiceName, _ surroundings: ComposeTranslation.Surroundings) {
        self.service = service
        self.name = name
        self.surroundings = surroundings
        written = WrittenContainer(project: surroundings.project.name, service: service.name)
        spec = ServiceSpec(name: name, kind: .worker, source: .image("unknown"))
    }

    var steering: ServiceSteering { surroundings.steering[service.name] ?? ServiceSteering() }
    var takesTraffic: Bool { surroundings.takesTraffic(service.name) }

    mutating func translated() -> TranslatedService {
        if "\(name)" != service.name { assumed.append("\(name): the Compose file calls it \(service.name)") }
        spec = ServiceSpec(name: name, kind: kind(), source: source())
        spec.needs = service.dependencies.keys.compactMap { surroundings.names[$0] }.sorted()
        spec.replicas = replicas()
        translateProgram()
        translateRights()
        translateLimits()
        translateNetworks()
        translatePorts()
        translateMounts()
        translateFiles()
        translateHealth()
        refuse()
        decideStrategy()
        spec.written = written
        var result = TranslatedService(spec: spec, written: service.name)
        result.taken = taken
        result.assumed = assumed
        result.alone = alone
        if surroundings.isDevelopment { prepareWork(on: &result) }
        return result
    }

    // MARK: Words

    func path(_ keys: String...) -> NodePath { NodePath(["services", service.name] + keys) }

    func report(_ code: ComposeProblem.Code, _ path: NodePath, _ message: String, _ suggestion: String) {
        surroundings.problems.add(code, at: surroundings.project.places[path.parts], path, message, suggestion)
    }

    // MARK: What it is

    private mutating func kind() -> ServiceKind {
        if let kind = steering.kind { return kind }
        if takesTraffic { return .web }
        if surroundings.completed.contains(service.name), ["no", nil, ""].contains(service.restart) {
            assumed.append("\(name): a job, since another service waits for it to complete")
            return .job
        }
        if KnownImage.of(service.image) != nil {
            assumed.append("\(name): an accessory, by its image")
            return .accessory
        }
        let keeps = service.mounts.contains { $0.type == "volume" && !($0.source ?? "").isEmpty && !$0.isReadOnly }
        if keeps {
            assumed.append("\(name): an accessory, since it writes to a volume with a name")
            return .accessory
        }
        assumed.append("\(name): a worker, since nothing says that it takes requests")
        return .worker
    }

    private func source() -> ServiceSource {
        if let image = steering.image { return .image(image) }
        // Whatever it is released as stays what it is.
        if surroundings.isDevelopment, service.build != nil {
            return .image("\(surroundings.project.name)-\(name):dev")
        }
        let image = service.image.flatMap { $0.isEmpty ? nil : $0 }
        // As Compose names what it builds.
        let text = image ?? "\(surroundings.project.name)-\(service.name)"
        if image == nil, service.build == nil {
            report(.missing, path("image"), "`\(service.name)` has no `image`", "Write `image: name:tag`.")
        } else if ImageReference(parsing: text) == nil {
            report(
                .value,
                path("image"),
                "'\(Phrase.short(text))' is not an image's name" + emptiness.text,
                emptiness.next
            )
        }
        return .image(text)
    }

    /// Which variables left nothing in the image's name, and what to do about it.
    private var emptiness: (text: String, next: String) {
        let place = surroundings.project.places["services", service.name, "image"]
        guard let names = surroundings.project.emptyVariables[place], !names.isEmpty else {
            return ("", "Write it as `docker pull` takes it, such as `image: ghcr.io/acme/shop:1.4.2`.")
        }
        return (
            ": the \(names.count == 1 ? "variable" : "variables") \(Phrase.all(names)) \(names.count == 1 ? "is" : "are") empty",
            "Set \(Phrase.all(names)), such as in `.env`, or name the image: `teal deploy \(name)=IMAGE`."
        )
    }

    private func replicas() -> Int {
        let count = steering.replicas ?? service.deploy?.replicas ?? service.scale ?? 1
        if !(1...64).contains(count) {
            report(
                .value,
                service.deploy?.replicas == nil ? path("scale") : path("deploy", "replicas"),
                "\(count) replicas are not possible",
                "A service has 1 to 64, or 0 for none."
            )
        }
        return min(max(count, 1), 64)
    }

    // MARK: How it is replaced

    private mutating func decideStrategy() {
        spec.background = steering.background ?? (spec.kind == .worker ? .exclusive : .none)
        let order = service.deploy?.updateConfig?.order
        if let monitor = service.deploy?.updateConfig?.monitor { spec.watch.window = monitor }
        if spec.kind == .accessory || surroundings.isDevelopment {
            spec.strategy = .recreate
        } else if let strategy = steering.strategy {
            spec.strategy = strategy
            if strategy == .blueGreen, !alone.isEmpty {
                report(
                    .conflict,
                    path("x-teal", "strategy"),
                    "two releases of `\(service.name)` cannot run side by side: \(Phrase.all(alone))",
                    "Write `strategy: recreate`, or change what stands against it."
                )
            }
        } else if !alone.isEmpty || order == "stop-first" {
            spec.strategy = .recreate
            let why = alone.isEmpty ? "`deploy.update_config.order` is stop-first" : Phrase.all(alone)
            assumed.append("\(name): recreated, since \(why)")
        }
        guard spec.strategy == .recreate, spec.kind == .web || spec.kind == .worker, !surroundings.isDevelopment else {
            return
        }
        let grace = spec.stop.grace.components.seconds
        warnings.append(
            """
            \(name) is recreated: between the end of the old release, which takes up to \(grace) s, and the first \
            answer of the new one nobody answers
            """
        )
    }

    // MARK: What is not run

    /// What would run otherwise than it is written.
    private mutating func refuse() {
        func stop(_ key: String, _ isWritten: Bool, _ message: String, _ suggestion: String) {
            if isWritten { report(.conflict, path(key), message, suggestion) }
        }
        stop("provider", service.provider != nil, "Teal runs no Compose plugins", "Run what it provides as a service.")
        stop("models", !service.models.isEmpty, "Teal runs no models", "Run one as a service.")
        stop(
            "use_api_socket",
            service.usesEngineSocket,
            "Teal gives no container the engine's socket by a word",
            "Mount it with `volumes` if that is meant."
        )
        stop("credential_spec", service.credential != nil, "it is for Windows containers", "Remove it.")
        stop(
            "post_start",
            !service.afterStart.isEmpty,
            "Teal runs no hooks of Compose",
            "Write a hook of teal.yml, which is journalled and runs once."
        )
        stop(
            "pre_stop",
            !service.beforeStop.isEmpty,
            "Teal runs no hooks of Compose",
            "Write a hook of teal.yml, which is journalled and runs once."
        )
        for label in surroundings.traefik[service.name]?.left ?? [] {
            warnings.append("\(name): the label \(label) is not carried over")
            notes[path("labels", label)] = .refused("Teal's proxy does not read it")
        }
    }
}
