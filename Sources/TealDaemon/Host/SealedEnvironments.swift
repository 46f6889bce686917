import TealCore
import TealDriverKit
import TealEngine
import TealSecrets

/// The environments that releases are started with: sealed once, the same for ever after.
actor SealedEnvironments: ReleaseEnvironments {
    private let secrets: EncryptedSecretStore
    private let sealed: ReleaseEnvironmentStore
    private var masks: [ReleaseID: SecretMask] = [:]

    /// Masks that are kept ready at a time.
    private static let masksMax = 32

    init(secrets: EncryptedSecretStore, sealed: ReleaseEnvironmentStore) {
        self.secrets = secrets
        self.sealed = sealed
    }

    func environment(of release: Release) async throws(SecretError) -> [String: Secret] {
        var environment = try await sealedEnvironment(of: release)
        let rotating = release.spec.secrets.filter(\.rotates).map(\.name)
        guard !rotating.isEmpty else { return environment }
        let project = release.id.service.project
        for (name, version) in try await secrets.currentVersions(of: rotating, for: project) {
            environment[name] = try await secrets.value(of: name, version: version, for: project)
        }
        return environment
    }

    private func sealedEnvironment(of release: Release) async throws(SecretError) -> [String: Secret] {
        do throws(SecretStoreError) {
            if let known = try sealed.load(release.id) { return known }
        } catch {
            throw .unreadable("\(error)")
        }
        var environment = release.spec.environment.mapValues { Secret($0) }
        for (name, version) in release.secretVersions {
            environment[name] = try await secrets.value(of: name, version: version, for: release.id.service.project)
        }
        do throws(SecretStoreError) {
            try sealed.save(environment, of: release.id)
        } catch {
            throw .unreadable("\(error)")
        }
        return environment
    }

    func masked(_ lines: [String], of release: Release) async -> [String] {
        guard !lines.isEmpty, !release.spec.secrets.isEmpty else { return lines }
        let mask: SecretMask
        if let known = masks[release.id] {
            mask = known
        } else {
            // Lines that cannot be masked are not shown.
            guard let environment = try? await environment(of: release) else {
                return ["(the lines cannot be shown: the secrets to mask in them cannot be read)"]
            }
            let names = Set(release.spec.secrets.map(\.name))
            mask = SecretMask(environment.filter { names.contains($0.key) })
            if masks.count >= Self.masksMax { masks = [:] }
            masks[release.id] = mask
        }
        return lines.map { mask.masked($0) }
    }

    /// Whether everything secret that a release needs is on the host.
    func isRestorable(_ release: Release) async -> Bool { (try? await environment(of: release)) != nil }

    /// Takes in the values that a deploy brings along.
    func put(_ values: [String: Secret], for project: ProjectName) async throws(SecretError) {
        do throws(SecretStoreError) {
            _ = try await secrets.put(values, for: project)
        } catch {
            throw .unreadable("\(error)")
        }
    }

    func currentVersions(of names: [String], for project: ProjectName) async throws(SecretError) -> [String: Int] {
        try await secrets.currentVersions(of: names, for: project)
    }

    func prune(keeping kept: [Release]) async {
        let names = Set(kept.map(\.id))
        // What cannot be listed or deleted now is met again at the next prune.
        for release in (try? sealed.list()) ?? [] where !names.contains(release) {
            masks[release] = nil
            try? sealed.delete(release)
        }
        var needed: [ProjectName: [String: Set<Int>]] = [:]
        for release in kept {
            for (name, version) in release.secretVersions {
                needed[release.id.service.project, default: [:]][name, default: []].insert(version)
            }
        }
        try? await secrets.prune(keeping: needed)
    }
}
