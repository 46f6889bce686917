/// Makes a service out of one app.
struct PM2App {
    /// What every app of a file has around it.
    struct Surroundings {
        /// The absolute path of the directory that the file is in.
        let directory: String
        /// The absolute path of the directory that `teal.yml` will be in.
        let target: String
        /// The cores of this machine.
        let cores: Int
        let notes: ImportNotes
        /// The variables of this machine that the file got when it was run; empty where it was read as data.
        var machine: [String: String] = [:]
    }

    let name: String
    let kind: Kind
    let port: Int?
    private(set) var section: ForeignSection
    private let surroundings: Surroundings
    private let variables: Variables
    private let workingDirectory: String
    private let evidence: [PortEvidence]

    enum Kind: String { case web, worker, job }

    private var notes: ImportNotes { surroundings.notes }
    private var service: String { "services.\(name)" }

    init(_ value: ForeignValue, path: String, name: String, shared: [[ForeignField]], surroundings: Surroundings) {
        let keys = PM2Keys.app + Self.environmentKeys(of: value)
        let section = ForeignSection(value, path: path, keys: keys, notes: surroundings.notes)
        self.section = section
        self.name = name
        self.surroundings = surroundings
        let environments = Self.environmentKeys(of: value)
        let layers = [section.value("env")?.fields ?? []] + environments.map { section.value($0.name)?.fields ?? [] }
        variables = Variables(layers: layers + shared, machine: surroundings.machine)
        let asked = ForeignFile.absolute(section.text("cwd") ?? ".", from: surroundings.directory)
        workingDirectory = ForeignFile.isDirectory(asked) ? asked : surroundings.directory
        var found: [PortEvidence] = []
        func add(_ port: Int?, _ place: String) {
            if let port { found.append(PortEvidence(port: port, place: place)) }
        }
        add(PortEvidence.port(section.text("port")), "port")
        add(PortEvidence.port(section.value("env")?["PORT"]?.text), "PORT in env")
        for key in environments {
            add(PortEvidence.port(section.value(key.name)?["PORT"]?.text), "PORT in \(key.name)")
        }
        add(PortEvidence.inArguments(PM2Command.words(section.value("args")))?.port, "args")
        let own = found
        found += PortEvidence.beside(workingDirectory)
        evidence = found
        let isCluster = section.text("exec_mode")?.hasPrefix("cluster") ?? false
        let isWeb = !own.isEmpty || isCluster || section.has("listen_timeout") || !found.isEmpty
        kind = isWeb ? .web : section.value("autorestart")?.boolean == false ? .job : .worker
        port = isWeb ? found.first?.port ?? 3000 : nil
    }

    /// The keys `env_<name>` that an app has, as a table has them.
    static func environmentKeys(of value: ForeignValue) -> [ForeignKey] {
        let sample = PM2Keys.app.first { $0.name == "env_<name>" }
        return (value.fields ?? []).filter { $0.name.hasPrefix("env_") && $0.name.count > 4 }.map {
            ForeignKey($0.name, .changed, becomes: sample?.becomes ?? "", sample?.text ?? "")
        }
    }

    /// The environments that an app names, as the file writes them.
    static func environments(of value: ForeignValue) -> [String] {
        environmentKeys(of: value).map { String($0.name.dropFirst(4)) }
    }

    /// The directory that is released, from that of the file; `.` for one that is elsewhere.
    var directory: String {
        let root = surroundings.directory
        return workingDirectory.hasPrefix(root + "/") ? String(workingDirectory.dropFirst(root.utf8.count + 1)) : "."
    }

    // MARK: Variables

    /// The service's keys with the variables of an environment, and those that every app gets there, laid over its own.
    mutating func keys(in environment: String?, shared: [ForeignField] = []) -> DraftMap {
        var fields = section.value("env")?.fields ?? []
        if let environment { fields = Variables.merged(fields, section.value("env_\(environment)")?.fields ?? []) }
        fields = Variables.merged(fields, shared)
        var keys = DraftMap()
        if kind != .web { keys["kind"] = .text(kind.rawValue) }
        putCommand(&keys)
        if kind == .web {
            let own = environment == nil ? nil : PortEvidence.port(fields.first { $0.name == "PORT" }?.value.text)
            keys["port"] = .integer(section.has("port") ? port ?? 3000 : own ?? port ?? 3000)
        }
        putReplicas(&keys)
        variables.put(fields, into: &keys, without: ["PORT"])
        putEnding(&keys)
        return keys
    }

    /// Notes what became of the variables of `env` and of every `env_<name>`.
    mutating func tellVariables(_ environmentName: (String) -> String) {
        for key in ["env"] + Self.environmentKeys(of: .object(section.names.map(Self.named))).map(\.name) {
            guard let value = section.value(key) else { continue }
            guard let fields = value.fields else {
                section.refuse(key, "it is not a mapping of variables", next: "Write the variables under `env`.")
                continue
            }
            let target = key == "env" ? service : "environments.\(environmentName(String(key.dropFirst(4)))).\(service)"
            section.tell(key, key == "env" ? .carried : .changed, became: "\(target).env")
            variables.tell(fields, of: key, in: section, to: target, secretsTo: target, without: ["PORT"])
            for field in fields where field.name == "PORT" {
                section.tell(
                    part: ".PORT",
                    of: key,
                    line: field.line,
                    .changed,
                    became: kind == .web ? "\(target).port" : nil,
                    "Teal gives each replica a `PORT` of its own; this number is not given to the program",
                    next: "Let the program listen on `process.env.PORT`."
                )
            }
        }
    }

    private static func named(_ name: String) -> ForeignField { ForeignField(name: name, value: .null, line: nil) }

    // MARK: Command

    private mutating func putCommand(_ keys: inout DraftMap) {
        keys["artifact"] = .text(ForeignFile.relative(workingDirectory, to: surroundings.target))
        tellDirectory()
        let interpreter = section.text("exec_interpreter")
        let command = PM2Command(
            directory: workingDirectory,
            script: section.text("script") ?? "",
            interpreter: interpreter,
            interpreterArguments: PM2Command.words(section.value("node_args")),
            arguments: PM2Command.words(section.value("args"))
        )
        var (words, isNode) = command.words
        if section.value("source_map_support")?.boolean == true, isNode {
            words.insert("--enable-source-maps", at: 1)
            section.tell("source_map_support", .changed, became: "\(service).command")
        }
        let fixed = PortEvidence.inArguments(words)
        if let fixed, kind == .web { words = Self.listening(on: "$PORT", instead: fixed.position, words) }
        keys["command"] = .texts(words)
        let became = "\(service).command"
        if command.script.contains(" ") {
            section.tell("script", .changed, became: became, "a shell runs the line, as PM2 lets it")
        } else if command.isOutside {
            section.tell(
                "script",
                .changed,
                became: became,
                "it is not below the directory that is released, so releases and rollbacks do not change it",
                next: "Move it there."
            )
        } else {
            section.tell("script", .changed, became: became)
        }
        if command.passesInterpreterArguments {
            section.tell("node_args", .carried, became: became)
        } else {
            section.tell("node_args", .dropped, "the program runs without an interpreter")
        }
        if let fixed, kind == .web, section.has("args") {
            section.tell(
                "args",
                .changed,
                became: became,
                "the fixed port \(fixed.port) is `$PORT` now, as each replica has one of its own"
            )
        } else {
            section.tell("args", .carried, became: became)
        }
        if interpreter?.hasPrefix("node@") == true {
            section.tell(
                "exec_interpreter",
                .changed,
                became: became,
                "the version is not looked up: the node in the daemon's PATH runs it",
                next: "Install that version on the server, or write its whole path."
            )
        } else {
            section.tell("exec_interpreter", .changed, became: became)
        }
        if ["npm", "yarn", "pnpm"].contains(words.first ?? "") {
            notes.warn(
                """
                \(name): \(words.first ?? "") stands between Teal and the program and may swallow its signals; write \
                the program itself as `command`
                """
            )
        }
    }

    /// A command whose word with the port takes it from a variable, by a shell that becomes the program.
    private static func listening(on variable: String, instead position: Int, _ words: [String]) -> [String] {
        if words.first == "sh" { return words }
        let quoted = words.enumerated().map { index, word in
            if index == position { return word.hasPrefix("--port=") ? "--port=\"\(variable)\"" : "\"\(variable)\"" }
            let isPlain = word.utf8.allSatisfy {
                Character(Unicode.Scalar($0)).isLetter || Character(Unicode.Scalar($0)).isNumber
                    || "/._-=:,@+".utf8.contains($0)
            }
            return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
        }
        return ["sh", "-c", "exec " + quoted.joined(separator: " ")]
    }

    private mutating func tellDirectory() {
        guard let cwd = section.text("cwd") else {
            section.markTold("cwd")
            return
        }
        let asked = ForeignFile.absolute(cwd, from: surroundings.directory)
        if asked == workingDirectory {
            section.tell("cwd", .changed, became: "\(service).artifact")
        } else {
            section.tell(
                "cwd",
                .changed,
                became: "\(service).artifact",
                "there is no such directory on this machine, so the folder of the file is released instead",
                next: "Write the directory that holds the built program as `artifact`."
            )
        }
    }

    // MARK: Replicas

    private mutating func putReplicas(_ keys: inout DraftMap) {
        let count = replicaCount()
        if kind != .job, count > 1 { keys["replicas"] = .integer(count) }
        let isCluster = section.text("exec_mode")?.hasPrefix("cluster") ?? false
        if isCluster {
            section.tell("exec_mode", .changed, became: "\(service).replicas")
        } else {
            section.tell("exec_mode", .carried)
        }
        if let group = section.text("namespace"), group != "default" {
            let fit = Naming.name(group, fallback: "group")
            keys["groups"] = .texts([fit])
            section.tell(
                "namespace",
                fit == group ? .carried : .changed,
                became: "\(service).groups",
                "its name is made fit"
            )
        } else {
            section.tell("namespace", .dropped, "it is PM2's default")
        }
        section.tell("port", .changed, became: kind == .web ? "\(service).port" : nil)
    }

    /// The number of replicas, with what is to be said of it.
    private mutating func replicaCount() -> Int {
        guard let value = section.value("instances") else { return 1 }
        let asked = value.text == "max" ? 0 : value.integer
        guard let asked else {
            section.refuse("instances", "it is not a number, nor `max`", next: "Write `replicas`.")
            return 1
        }
        guard asked < 1 else {
            let count = min(asked, 64)
            let fate: Fate = count == asked ? .carried : .changed
            section.tell("instances", fate, became: "\(service).replicas: \(count)", "64 are the most")
            return count
        }
        let count = min(max(surroundings.cores + asked, 1), 64)
        section.tell(
            "instances",
            .changed,
            became: "\(service).replicas: \(count)",
            "replicas are a number; \(count) is \(asked == 0 ? "what" : "\(-asked) less than what") this machine has cores",
            next: "Write the number for your servers; during a rollout twice as many run."
        )
        return count
    }

    // MARK: Health and ending

    private mutating func putEnding(_ keys: inout DraftMap) {
        if kind == .web {
            keys[map: "health"]["tcp"] = .boolean(true)
            keys.remark("health", "PM2 only waits until the port is open. A path says more: `health: /health`.")
            section.tell("wait_ready", .changed, became: "\(service).health")
            if let deadline = Quantity.duration(milliseconds: section.value("listen_timeout")?.number), deadline != "0s"
            {
                keys[map: "health"]["deadline"] = .text(deadline)
                section.tell("listen_timeout", .changed, became: "\(service).health.deadline: \(deadline)")
            } else if section.has("listen_timeout") {
                section.refuse("listen_timeout", "it is not a number of milliseconds up to a day")
            }
        } else if section.has("wait_ready") {
            section.tell(
                "wait_ready",
                .dropped,
                "a \(kind.rawValue) only has to keep running",
                next: "Write `health` with a `command` that tells it."
            )
        }
        if section.value("wait_ready")?.boolean == true {
            notes.warn(
                "\(name): `process.send` is undefined under Teal; a program that calls it without looking ends with an error"
            )
        }
        putMemory(&keys)
        if kind == .job {
            section.tell(
                "autorestart",
                .changed,
                became: "\(service).kind: job",
                "what ends by itself is a job: it runs once in each rollout"
            )
        } else if section.value("autorestart")?.boolean == false {
            section.tell(
                "autorestart",
                .dropped,
                "a service that ends is started again",
                next: "For one that ends by itself write `kind: job`."
            )
        } else {
            section.tell("autorestart", .carried)
        }
        guard kind != .job else { return }
        keys[map: "stop"]["signal"] = .text("INT")
        if let grace = Quantity.duration(milliseconds: section.value("kill_timeout")?.number) {
            keys[map: "stop"]["grace"] = .text(grace)
            section.tell("kill_timeout", .carried, became: "\(service).stop.grace: \(grace)")
        } else if section.has("kill_timeout") {
            section.refuse("kill_timeout", "it is not a number of milliseconds up to a day")
        }
    }

    private mutating func putMemory(_ keys: inout DraftMap) {
        guard let text = section.text("max_memory_restart") else { return }
        guard let memory = Quantity.memory(Quantity.bytes(text)) else {
            section.refuse(
                "max_memory_restart",
                "it is not a size from 4m to 4t",
                next: "Write `resources: {memory: …}`."
            )
            return
        }
        keys[map: "resources"]["memory"] = .text(memory)
        section.tell("max_memory_restart", .changed, became: "\(service).resources.memory: \(memory)")
    }

    // MARK: The rest

    /// Notes everything else that is to be said.
    mutating func finish() {
        // These two made the service's name, which was told before.
        section.markTold("name")
        section.markTold("name_prefix")
        section.finish()
        switch kind {
        case .web: warnOfPorts()
        case .worker:
            notes.assume(
                "\(name): no port is named anywhere, so it is a worker; for one that answers requests write `kind: web`, `port` and `host`"
            )
        case .job: notes.assume("\(name): it does not restart and names no port, so it is a job")
        }
        if kind != .job { notes.assume("\(name): PM2 asks programs to end by SIGINT, so `stop.signal` is INT") }
    }

    private func warnOfPorts() {
        if evidence.isEmpty {
            notes.warn(
                "\(name): no port is named anywhere; `port: 3000` is a guess, and the program has to listen on `PORT`"
            )
        }
        let ports = Dictionary(grouping: evidence, by: \.port)
        guard ports.count > 1 else { return }
        let places = evidence.map { "\($0.port) (\($0.place))" }.joined(separator: ", ")
        notes.warn(
            """
            \(name): its ports contradict each other: \(places); Teal gives each replica its own `PORT`, so see that the \
            program listens on that one, and that what stands before it asks Teal, not one of these ports
            """
        )
    }
}
