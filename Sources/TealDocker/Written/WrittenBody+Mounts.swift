import TealCore

extension WrittenBody {
    /// `Mounts`, `Binds`, `Tmpfs` and `VolumesFrom`.
    var mounts: [String: JSONValue] {
        var all: [JSONValue] = []
        var binds: [String] = []
        var memory: [String: JSONValue] = [:]
        for mount in written.mounts {
            if case .memoryWords(let words) = mount.source {
                memory[mount.target] = .string(words)
            } else if let bind = Self.bind(mount) {
                binds.append(bind)
            } else if let entry = self.entry(mount) {
                all.append(entry)
            }
        }
        for file in written.files {
            guard let path = plan.places.files[file.target] else { continue }
            all.append([
                "Type": "bind", "Source": .string(path), "Target": .string(file.target), "ReadOnly": true,
            ])
        }
        let targets = Set(written.mounts.filter { $0.source != .anonymous }.map(\.target) + written.files.map(\.target))
        for (name, target) in plan.data.sorted(by: { $0.key < $1.key }) where !targets.contains(target) {
            all.append(["Type": "volume", "Source": .string(name), "Target": .string(target)])
        }
        var config: [String: JSONValue] = [:]
        if !all.isEmpty { config["Mounts"] = .array(all) }
        if !binds.isEmpty { config["Binds"] = JSONValue(binds) }
        if !memory.isEmpty { config["Tmpfs"] = .object(memory) }
        if !written.volumesFrom.isEmpty { config["VolumesFrom"] = JSONValue(written.volumesFrom.map(source)) }
        return config
    }

    /// A path of the host that the Engine makes where it is missing, or labels: an entry of `Mounts` does neither.
    private static func bind(_ mount: WrittenMount) -> String? {
        guard case .bind(let path, let options) = mount.source, options.makesDirectory || options.label != nil,
            options.recursive == nil, !path.contains(":"), !mount.target.contains(":")
        else { return nil }
        let words = [mount.isReadOnly ? "ro" : "rw", options.label, options.propagation].compactMap { $0 }
        return "\(path):\(mount.target):\(words.joined(separator: ","))"
    }

    private func entry(_ mount: WrittenMount) -> JSONValue? {
        var entry: [String: JSONValue] = ["Target": .string(mount.target), "ReadOnly": .bool(mount.isReadOnly)]
        switch mount.source {
        case .bind(let path, let options):
            entry["Type"] = "bind"
            entry["Source"] = .string(path)
            entry["BindOptions"] = Self.bindOptions(options)
        case .volume(let volume):
            entry["Type"] = "volume"
            entry["Source"] = .string(volume.name)
            var options: [String: JSONValue] = [:]
            if volume.beginsEmpty { options["NoCopy"] = true }
            if let subpath = volume.subpath { options["Subpath"] = .string(subpath) }
            if !options.isEmpty { entry["VolumeOptions"] = .object(options) }
        case .anonymous:
            // Kept under a name, with the accessory's other data.
            guard !plan.data.values.contains(mount.target) else { return nil }
            entry["Type"] = "volume"
        case .memory(let bytesMax, let mode):
            entry["Type"] = "tmpfs"
            var options: [String: JSONValue] = [:]
            if let bytesMax { options["SizeBytes"] = .int(bytesMax) }
            if let mode { options["Mode"] = .int(mode) }
            if !options.isEmpty { entry["TmpfsOptions"] = .object(options) }
        case .memoryWords: return nil
        }
        return .object(entry)
    }

    private static func bindOptions(_ options: WrittenMount.BindOptions) -> JSONValue {
        var entry: [String: JSONValue] = [:]
        if let propagation = options.propagation { entry["Propagation"] = .string(propagation) }
        if options.makesDirectory { entry["CreateMountpoint"] = true }
        switch options.recursive {
        case "disabled": entry["NonRecursive"] = true
        case "writable": entry["ReadOnlyNonRecursive"] = true
        case "readonly": entry["ReadOnlyForceRecursive"] = true
        default: break
        }
        return .object(entry)
    }

    /// `container[:ro]`, as the Engine takes it.
    private func source(_ written: String) -> String {
        let isReadOnly = written.hasSuffix(":ro")
        let container = plan.places.mode(written).dropFirst("container:".count)
        let name = container.split(separator: ":").first.map(String.init) ?? String(container)
        return isReadOnly ? "\(name):ro" : name
    }
}
