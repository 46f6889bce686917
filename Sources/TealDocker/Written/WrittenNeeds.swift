package import TealCore
package import TealDriverKit

/// What a written container asks of the Engine that an older one would leave out without a word.
enum WrittenNeeds {
    /// What is asked for, the API that knows it, and the Engine that came with that.
    struct Need: Hashable, Sendable {
        let what: String
        let api: APIVersion
        let engine: String
    }

    /// Everything that not every Engine knows.
    static func of(_ written: WrittenContainer) -> [Need] {
        var needs: [Need] = []
        func need(_ isNeeded: Bool, _ what: String, _ api: APIVersion, _ engine: String) {
            if isNeeded { needs.append(Need(what: what, api: api, engine: engine)) }
        }
        let networks = written.network.networks
        need(!written.annotations.isEmpty, "annotations", APIVersion(1, 43), "24")
        need(written.healthcheck?.startInterval != nil, "a start interval of the health check", APIVersion(1, 44), "25")
        need(networks.contains { $0.macAddress != nil }, "an address of the hardware", APIVersion(1, 44), "25")
        need(written.mounts.contains(where: Self.hasSubpath), "a directory of a volume", APIVersion(1, 45), "26")
        need(written.mounts.contains(where: Self.isForced), "read-only mounts below a mount", APIVersion(1, 44), "25")
        need(
            written.mounts.contains(where: Self.makesColon),
            "a directory with `:` that is made",
            APIVersion(1, 42),
            "23"
        )
        need(networks.contains { $0.gatewayPriority != nil }, "a priority of the way out", APIVersion(1, 48), "28")
        need(
            networks.contains { $0.definition?.enablesIPv4 != nil },
            "a network with or without IPv4",
            APIVersion(1, 48),
            "28"
        )
        return needs
    }

    private static func hasSubpath(_ mount: WrittenMount) -> Bool {
        if case .volume(let volume) = mount.source { volume.subpath != nil } else { false }
    }

    private static func isForced(_ mount: WrittenMount) -> Bool {
        guard case .bind(_, let options) = mount.source else { return false }
        return options.recursive == "writable" || options.recursive == "readonly"
    }

    private static func makesColon(_ mount: WrittenMount) -> Bool {
        guard case .bind(let path, let options) = mount.source else { return false }
        return options.makesDirectory && (path.contains(":") || mount.target.contains(":") || options.recursive != nil)
    }
}

extension DockerRuntime {
    package func makeNetwork(_ name: String) async throws(RuntimeError) { try await networks.make(name) }

    package func missing(for release: Release) async throws(RuntimeError) -> [HostNeed] {
        guard let written = release.spec.written else { return [] }
        var missing: [HostNeed] = []
        for network in written.network.networks where network.isExternal {
            let found = try await asked { () async throws(DockerError) in try await client.network(network.name) }
            if found == nil { missing.append(.network(network.name)) }
        }
        for volume in written.volumes where volume.definition == nil {
            let found = try await asked { () async throws(DockerError) in try await client.volume(volume.name) }
            if found == nil { missing.append(.volume(volume.name)) }
        }
        for mount in written.mounts {
            guard case .bind(let path, let options) = mount.source, !options.makesDirectory, !home.isThere(path) else {
                continue
            }
            missing.append(
                HostNeed(what: "\(path), which is to be mounted at \(mount.target)", next: "mkdir -p \(path)")
            )
        }
        let version = try await asked { () async throws(DockerError) in try await client.version() }
        for need in WrittenNeeds.of(written) where need.api > version {
            missing.append(
                HostNeed(
                    what: "\(need.what) (this engine speaks API \(version), that came with \(need.api))",
                    next: "update Docker to \(need.engine) or later, or leave it out"
                )
            )
        }
        return missing
    }
}

extension HostNeed {
    static func network(_ name: String) -> HostNeed {
        HostNeed(
            what: "the network \(name), which is external",
            next: "docker network create \(name)",
            network: name
        )
    }

    static func volume(_ name: String) -> HostNeed {
        HostNeed(what: "the volume \(name), which is external", next: "docker volume create \(name)")
    }

    /// The same where a start finds it.
    var refusal: RuntimeError { .refused("\(what), is not there; make it with `\(next)`") }
}

extension WrittenContainer {
    /// The volumes with names that it sees, each once.
    var volumes: [WrittenVolume] {
        var seen: Set<String> = []
        return mounts.compactMap { mount -> WrittenVolume? in
            guard case .volume(let volume) = mount.source, seen.insert(volume.name).inserted else { return nil }
            return volume
        }
    }
}
