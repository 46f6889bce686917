import TealCore

extension ServiceTranslation {
    /// What it sees of the host and of volumes.
    mutating func translateMounts() {
        written.volumesFrom = service.volumesFrom.map { from in
            guard !from.hasPrefix("container:") else { return from }
            let parts = from.split(separator: ":").map(String.init)
            guard let name = parts.first.flatMap({ surroundings.names[$0] }) else { return from }
            if !spec.needs.contains(name) { spec.needs.append(name) }
            return (["service:\(name)"] + parts.dropFirst()).joined(separator: ":")
        }
        if !written.volumesFrom.isEmpty { alone.append("both would write to the volumes of others") }
        for entry in service.tmpfs {
            let parts = entry.split(separator: ":", maxSplits: 1).map(String.init)
            guard let target = parts.first else { continue }
            written.mounts.append(WrittenMount(.memoryWords(parts.count > 1 ? parts[1] : ""), target: target))
        }
        for (index, mount) in service.mounts.enumerated() { translate(mount, path("volumes", "[\(index)]")) }
    }

    private mutating func translate(_ mount: ComposeMount, _ key: NodePath) {
        guard let target = mount.target else { return }
        func isAlone(_ what: String) {
            guard !mount.isReadOnly else { return }
            if steering.sharesVolumes {
                notes[key] = .honoured
            } else {
                alone.append("both would write to \(what)")
            }
        }
        if mount.isReadOnly { notes[key] = .honoured }
        switch mount.type {
        case "bind":
            let source = mount.source ?? ""
            if let copy = copied(mount, target) {
                written.files.append(copy)
                notes[key] = .differently(
                    "a copy is part of the release, so that another content is another release and a rollback has it again"
                )
                return
            }
            var options = WrittenMount.BindOptions()
            options.makesDirectory = mount.bind?.createsHostPath ?? true
            options.propagation = mount.bind?.propagation
            options.label = mount.bind?.selinux
            options.recursive = mount.bind?.recursive
            if surroundings.files.kind(source) == .file {
                options.contentHash = surroundings.files.bytes(source).map { surroundings.files.hash($0) }
            }
            written.mounts.append(
                WrittenMount(.bind(path: source, options), target: target, isReadOnly: mount.isReadOnly)
            )
            // A socket or a device is shared by its nature.
            if surroundings.files.kind(source) != .other { isAlone(source) }
        case "volume":
            let source = mount.source ?? ""
            guard !source.isEmpty else {
                written.mounts.append(WrittenMount(.anonymous, target: target, isReadOnly: mount.isReadOnly))
                notes[key] = .differently(
                    "it is kept with the service where that is recreated, and new with each release otherwise"
                )
                return
            }
            let known = surroundings.project.volumes[source]
            var volume = WrittenVolume(name: known?.name ?? "\(surroundings.project.name)_\(source)")
            if !(known?.isExternal ?? false) {
                var definition = WrittenVolume.Definition(key: source)
                definition.driver = known?.driver ?? definition.driver
                definition.driverOptions = known?.driverOptions ?? [:]
                definition.labels = known?.labels ?? [:]
                volume.definition = definition
            }
            volume.subpath = mount.volume?.subpath
            volume.beginsEmpty = mount.volume?.doesNotCopy ?? false
            written.mounts.append(WrittenMount(.volume(volume), target: target, isReadOnly: mount.isReadOnly))
            isAlone("the volume \(source)")
        case "tmpfs":
            notes[key] = .honoured
            func some(_ number: Int?) -> Int? { number == 0 ? nil : number }
            let memory = WrittenMount.Source.memory(
                bytesMax: some(mount.tmpfs?.sizeBytes),
                mode: some(mount.tmpfs?.mode)
            )
            written.mounts.append(WrittenMount(memory, target: target, isReadOnly: mount.isReadOnly))
        default:
            report(
                .conflict,
                key,
                "mounts of the type `\(mount.type ?? "")` are not run",
                "Use a bind, a volume or a tmpfs."
            )
        }
    }

    /// A file beside the Compose file that is only read: it goes with the release.
    private func copied(_ mount: ComposeMount, _ target: String) -> WrittenFile? {
        let source = mount.source ?? ""
        guard !surroundings.isDevelopment, mount.isReadOnly, source.hasPrefix("\(surroundings.project.directory)/"),
            mount.bind?.selinux == nil,
            surroundings.files.kind(source) == .file, let bytes = surroundings.files.bytes(source)
        else { return nil }
        return WrittenFile(target: target, content: Self.content(bytes))
    }

    private static func content(_ bytes: [UInt8]) -> WrittenFile.Content {
        String(validating: bytes, as: UTF8.self).map { .text($0) } ?? .bytes(bytes)
    }

    // MARK: Secrets and configurations

    mutating func translateFiles() {
        for (index, mount) in service.configs.enumerated() { translateConfig(mount, path("configs", "[\(index)]")) }
        for (index, mount) in service.secrets.enumerated() { translateSecret(mount, path("secrets", "[\(index)]")) }
    }

    private mutating func translateConfig(_ mount: ComposeFileMount, _ key: NodePath) {
        guard let config = surroundings.project.configs[mount.source] else { return }
        guard !config.isExternal else {
            return report(
                .conflict,
                key,
                "the configuration `\(mount.source)` is external, which only Docker Swarm has",
                "Write `file:` with the path of a file."
            )
        }
        var bytes = config.content.map { Array($0.utf8) } ?? config.value.map { Array($0.reveal().utf8) }
        if let file = config.file { bytes = read(file, key) }
        guard let bytes else { return }
        add(mount, Self.content(bytes), target: mount.target ?? "/\(mount.source)", key)
    }

    private mutating func translateSecret(_ mount: ComposeFileMount, _ key: NodePath) {
        guard let secret = surroundings.project.secrets[mount.source] else { return }
        let name = Self.secretName(secret.isExternal ? secret.name ?? mount.source : mount.source)
        let target = mount.target ?? mount.source
        if service.environment[name] != nil {
            report(
                .conflict,
                key,
                "the secret `\(mount.source)` is a file, and the service has a variable \(name) too",
                "Give one of the two another name."
            )
        }
        if !secret.isExternal {
            if let file = secret.file {
                secrets[name] = read(file, key).map { Secret(String(decoding: $0, as: UTF8.self)) }
            } else if let value = secret.value {
                secrets[name] = value
            } else {
                report(
                    .variable,
                    key,
                    "the secret `\(mount.source)` has no value: the variable \(secret.environment ?? "") is not set",
                    "Set it, or write `file:`."
                )
            }
        }
        if !spec.secrets.contains(where: { $0.name == name }) { spec.secrets.append(SecretReference(name: name)) }
        add(mount, .secret(name), target: target.hasPrefix("/") ? target : "/run/secrets/\(target)", key)
    }

    private mutating func add(
        _ mount: ComposeFileMount,
        _ content: WrittenFile.Content,
        target: String,
        _ key: NodePath
    ) {
        var file = WrittenFile(target: target.hasPrefix("/") ? target : "/\(target)", content: content)
        file.mode = mount.mode ?? file.mode
        func number(_ text: String?, _ word: String) -> Int? {
            guard let text, !text.isEmpty else { return nil }
            let number = Int(text)
            if number == nil {
                report(
                    .value,
                    key.key(word),
                    "`\(word)` must be a number, not '\(text)'",
                    "Use the number of the user."
                )
            }
            return number
        }
        file.owner = number(mount.user, "uid")
        file.group = number(mount.group, "gid")
        written.files.append(file)
    }

    private func read(_ file: String, _ key: NodePath) -> [UInt8]? {
        let bytes = surroundings.files.bytes(file)
        if bytes == nil {
            report(
                .unreadable,
                key,
                "\(file) is not there, cannot be read, or has more than \(WrittenFile.bytesMax >> 20) MiB",
                "Correct the path."
            )
        }
        return bytes
    }

    /// A secret's name in Teal, which is one that a variable may have.
    static func secretName(_ text: String) -> String {
        let plain = String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
        return plain.first.map { $0.isNumber ? "_\(plain)" : plain } ?? "_"
    }
}
