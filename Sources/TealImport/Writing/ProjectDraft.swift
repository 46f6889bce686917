/// The `teal.yml` that is written.
struct ProjectDraft {
    struct Service {
        let name: String
        var keys: DraftMap
    }

    struct Environment {
        let name: String
        var branch: String?
        var hosts: [String] = []
        /// By service: what is different there.
        var services: [(name: String, keys: DraftMap)] = []
    }

    var project: String
    /// Where it came from, for its first line.
    let origin: String
    var registries: [DraftMap] = []
    var environments: [Environment] = []
    var services: [Service] = []

    /// The environment of that name, made when it is first asked for.
    mutating func withEnvironment(_ name: String, _ change: (inout Environment) -> Void) {
        if !environments.contains(where: { $0.name == name }) { environments.append(Environment(name: name)) }
        for index in environments.indices where environments[index].name == name { change(&environments[index]) }
    }

    /// The file's text with a line end at its end.
    func render() -> String {
        var lines = [
            "# Made from \(origin) by `teal import`. Look through it, then run `teal validate` and `teal plan`.",
            "project: \(project)",
        ]
        if !registries.isEmpty {
            lines += ["", "registries:"] + registries.map { "  - \(YAMLText.flow(.map($0)))" }
        }
        if !environments.isEmpty {
            var map = DraftMap()
            for environment in environments {
                var keys = DraftMap()
                keys["branch"] = environment.branch.map(DraftValue.text)
                if !environment.hosts.isEmpty { keys["hosts"] = .texts(environment.hosts) }
                for service in environment.services where !service.keys.isEmpty {
                    keys[map: "services"][map: service.name] = service.keys
                }
                map[environment.name] = .map(keys)
            }
            lines += ["", "environments:"] + YAMLText.lines(map, indent: 2)
        }
        lines += ["", "services:"]
        for (index, service) in services.enumerated() {
            if index > 0 { lines.append("") }
            lines += ["  \(service.name):"] + YAMLText.lines(service.keys, indent: 4)
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
