/// Adds what follows from the rest: the default network, names, values of variables, implied dependencies.
struct Normalization {
    let projectName: String
    let environment: [String: String]

    func normalized(_ root: ComposeMapping) -> ComposeMapping {
        var root = withNetworks(root)
        if let services = root["services"], let mapping = services.mapping {
            let changed = mapping.compactMapValues { entry in
                guard let service = entry.value.mapping else { return entry.value }
                return ComposeNode(.mapping(self.service(service)), at: entry.value.place)
            }
            root["services"] = ComposeNode(.mapping(changed), at: services.place)
        }
        for kind in ["networks", "volumes", "configs", "secrets"] { root = withNames(root, kind) }
        return root
    }

    private func withNetworks(_ root: ComposeMapping) -> ComposeMapping {
        var root = root
        var usesDefault = false
        guard let services = root["services"], let mapping = services.mapping else { return root }
        let changed = mapping.compactMapValues { entry in
            guard var service = entry.value.mapping, service["provider"] == nil, service["network_mode"] == nil else {
                return entry.value
            }
            let networks = service["networks"]?.mapping ?? ComposeMapping()
            if networks.isEmpty {
                let none = ComposeMapping([("default", ComposeNode(.null, at: entry.keyPlace))])
                service["networks"] = ComposeNode(.mapping(none), at: service["networks"]?.place ?? entry.keyPlace)
                usesDefault = true
            } else if networks["default"] != nil {
                usesDefault = true
            }
            return ComposeNode(.mapping(service), at: entry.value.place)
        }
        root["services"] = ComposeNode(.mapping(changed), at: services.place)
        var networks = root["networks"]?.mapping ?? ComposeMapping()
        if usesDefault, networks["default"] == nil { networks["default"] = ComposeNode(.null, at: services.place) }
        if !networks.isEmpty {
            root["networks"] = ComposeNode(.mapping(networks), at: root["networks"]?.place ?? services.place)
        }
        return root
    }

    private func service(_ given: ComposeMapping) -> ComposeMapping {
        var service = given
        if let policy = service["pull_policy"], policy.text == "if_not_present" {
            service["pull_policy"] = ComposeNode("missing", at: policy.place)
        }
        if let build = service["build"], var mapping = build.mapping {
            func set(_ key: String, _ text: String) {
                if mapping[key]?.isNull ?? true { mapping[key] = ComposeNode(text, at: build.place) }
            }
            set("context", ".")
            if mapping["dockerfile_inline"]?.isNull ?? true { set("dockerfile", "Dockerfile") }
            if let args = mapping["args"] { mapping["args"] = resolved(args, keepsEmpty: false) }
            service["build"] = ComposeNode(.mapping(mapping), at: build.place)
        }
        if let environment = service["environment"] { service["environment"] = resolved(environment, keepsEmpty: true) }
        if let volumes = service["volumes"], let list = volumes.list {
            let changed = list.map { item in
                guard var mapping = item.mapping, let target = mapping["target"], let text = target.text else {
                    return item
                }
                mapping["target"] = ComposeNode(PathText.clean(text), at: target.place)
                return ComposeNode(.mapping(mapping), at: item.place)
            }
            service["volumes"] = ComposeNode(.list(changed), at: volumes.place)
        }
        addDependencies(to: &service)
        return service
    }

    /// Links, shared namespaces and volumes of other services imply that those are started first.
    private func addDependencies(to service: inout ComposeMapping) {
        var dependencies = service["depends_on"]?.mapping ?? ComposeMapping()
        func add(_ name: String, restart: Bool, at place: SourcePlace) {
            guard dependencies[name] == nil else { return }
            let value = ComposeMapping([
                ("condition", ComposeNode("service_started", at: place)),
                ("restart", ComposeNode(.bool(restart), at: place)),
                ("required", ComposeNode(.bool(true), at: place)),
            ])
            dependencies[name] = ComposeNode(.mapping(value), at: place)
        }
        for link in service["links"]?.list ?? [] {
            guard let text = link.text else { continue }
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            add(parts.count == 2 ? String(parts[0]) : text, restart: true, at: link.place)
        }
        for key in ["network_mode", "ipc", "pid", "uts", "cgroup"] {
            guard let value = service[key], let text = value.text, text.hasPrefix("service:") else { continue }
            add(String(text.dropFirst("service:".count)), restart: true, at: value.place)
        }
        for source in service["volumes_from"]?.list ?? [] {
            guard let text = source.text, !text.hasPrefix("container:") else { continue }
            add(String(text.prefix { $0 != ":" }), restart: false, at: source.place)
        }
        guard !dependencies.isEmpty, let place = service["depends_on"]?.place ?? dependencies.entries.first?.value.place
        else { return }
        service["depends_on"] = ComposeNode(.mapping(dependencies), at: place)
    }

    /// Gives keys without a value that of the surroundings; one that has none is kept without, or left out.
    private func resolved(_ node: ComposeNode, keepsEmpty: Bool) -> ComposeNode {
        switch node.content {
        case .list(let items):
            let changed = items.compactMap { item -> ComposeNode? in
                guard let text = item.text, !text.contains("=") else { return item }
                if let value = environment[text] { return ComposeNode("\(text)=\(value)", at: item.place) }
                return keepsEmpty ? item : nil
            }
            return ComposeNode(.list(changed), at: node.place)
        case .mapping(let mapping):
            let changed = mapping.compactMapValues { entry in
                guard entry.value.isNull else { return entry.value }
                if let value = environment[entry.key] { return ComposeNode(value, at: entry.value.place) }
                return keepsEmpty ? entry.value : nil
            }
            return ComposeNode(.mapping(changed), at: node.place)
        default: return node
        }
    }

    /// A resource without a name is called after the project and its key, an external one after its key.
    private func withNames(_ root: ComposeMapping, _ kind: String) -> ComposeMapping {
        guard let node = root[kind], let resources = node.mapping else { return root }
        let changed = resources.compactMapValues { entry in
            var resource = entry.value.mapping ?? ComposeMapping()
            if resource["name"]?.isNull ?? true {
                let isExternal = ["true", "True", "TRUE", "1", "t", "T"].contains(
                    resource["external"]?.scalarText ?? ""
                )
                resource["name"] = ComposeNode(
                    isExternal ? entry.key : "\(projectName)_\(entry.key)",
                    at: entry.keyPlace
                )
            }
            return ComposeNode(.mapping(resource), at: entry.value.place)
        }
        var root = root
        root[kind] = ComposeNode(.mapping(changed), at: node.place)
        return root
    }
}
