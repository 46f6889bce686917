import TealCore
import TealDriverKit
import TealEngine
import TealSecrets

/// The environments that releases are started with: sealed once, the same for ever after.
actor SealedEnvironments: ReleaseEnvironments {
    private let secrets: EncryptedSecretStore
    private let sealed: ReleaseEnvironmentStore
    private var masks: [MaskKey: SecretMask] = [:]

    /// What a mask was made of: values of a release never change, those that rotate get new versions.
    private struct MaskKey: Hashable {
        let release: ReleaseID
        let rotating: [String: Int]
    }

    /// Masks that are kept ready at a time.
    private static let masksMax = 32
    /// How many versions of a value that rotates are masked; older ones are long out of use.
    private static let versionsMax = 100

    init(secrets: EncryptedSecretStore, sealed: ReleaseEnvironmentStore) {
        self.secrets = secrets
        self.sealed = sealed
    }

    func environment(of release: Release) async throws(SecretError) -> [String: Secret] {
        try await environment(of: release, sealing: true)
    }

    func check(_ release: Release) async throws(SecretError) {
        _ = try await environment(of: release, sealing: false)
    }

    // Sealed, it is the same for ever; never for a release that is only planned, since another may get its number.
    private func environment(of release: Release, sealing: Bool) async throws(SecretError) -> [String: Secret] {
        var environment = try await fixedEnvironment(of: release, sealing: sealing)
        let rotating = release.spec.secrets.filter(\.rotates).map(\.name)
        guard !rotating.isEmpty else { return environment }
        let project = release.id.service.project
        for (name, version) in try await secrets.currentVersions(of: rotating, for: project) {
            environment[name] = try await secrets.value(of: name, version: version, for: project)
        }
        return environment
    }

    private func fixedEnvironment(of release: Release, sealing: Bool) async throws(SecretError) -> [String: Secret] {
        do throws(SecretStoreError) {
            if let known = try sealed.load(release.id) { return known }
        } catch {
            throw .unreadable("\(error)")
        }
        var environment = release.spec.environment.mapValues { Secret($0) }
        for (name, version) in release.secretVersions {
            environment[name] = try await secrets.value(of: name, version: version, for: release.id.service.project)
        }
        guard sealing else { return environment }
        do throws(SecretStoreError) {
            try sealed.save(environment, of: release.id)
        } catch {
            throw .unreadable("\(error)")
        }
        return environment
    }

    func masked(_ lines: [String], of release: Release) async -> [String] {
        guard !lines.isEmpty, !release.spec.secretNames.isEmpty else { return lines }
        // Lines that cannot be masked are not shown.
        guard let mask = try? await mask(of: release) else {
            return ["(the lines cannot be shown: the secrets to mask in them cannot be read)"]
        }
        return lines.map { mask.masked($0) }
    }

    private func mask(of release: Release) async throws(SecretError) -> SecretMask {
        let project = release.id.service.project
        let rotating = release.spec.secrets.filter(\.rotates).map(\.name)
        var versions = rotating.isEmpty ? [:] : try await secrets.currentVersions(of: rotating, for: project)
        // Who pulls is not who runs: without that password lines can be shown all the same.
        if let password = release.spec.pull?.passwordSecret,
            let known = try? await secrets.currentVersions(of: [password], for: project)
        {
            versions.merge(known) { $1 }
        }
        let key = MaskKey(release: release.id, rotating: versions)
        if let known = masks[key] { return known }
        let names = Set(release.spec.secrets.map(\.name))
        var values = try await environment(of: release, sealing: false).filter { names.contains($0.key) }
        // A replica that was started earlier has an earlier value, and may write any that it ever saw.
        for (name, newest) in versions {
            for version in stride(from: newest, to: max(0, newest - Self.versionsMax), by: -1) {
                // One that was pruned is out of use.
                guard let value = try? await secrets.value(of: name, version: version, for: project) else { continue }
                values["\(name) \(version)"] = value
            }
        }
        // What the release was sealed with may have been pruned since.
        for (name, value) in try await fixedEnvironment(of: release, sealing: false) where names.contains(name) {
            values["\(name) sealed"] = value
        }
        if masks.count >= Self.masksMax { masks = [:] }
        let mask = SecretMask(values)
        masks[key] = mask
        return mask
    }

    /// The values of all secrets that releases have or had, by release and name.
    ///
    /// - Parameters:
    ///   - releases: Whose.
    ///   - needed: Those of which every value must be readable; of others it may have been pruned.
    /// - Returns: Nil when one of those cannot be read.
    func values(of releases: [Release], needed: Set<ReleaseID>) async -> [String: Secret]? {
        var values: [String: Secret] = [:]
        for release in releases where !release.spec.secretNames.isEmpty {
            let names = Set(release.spec.secretNames)
            guard let environment = try? await environment(of: release, sealing: false) else {
                if needed.contains(release.id) { return nil }
                continue
            }
            for (name, value) in environment where names.contains(name) {
                values["\(name) of \(release.id)"] = value
            }
            // A registry's password is no part of the environment.
            if let login = try? await login(for: release) {
                values["\(release.spec.pull?.passwordSecret ?? "") of \(release.id)"] = login.password
            }
        }
        return values
    }

    /// Who pulls a release's image, with the newest password; nil for anybody.
    func login(for release: Release) async throws(SecretError) -> ImageLogin? {
        try await login(release.spec.pull, for: release.id.service.project)
    }

    /// The same for a release that is only planned.
    ///
    /// - Parameters:
    ///   - access: Who pulls; nil for anybody.
    ///   - values: Values that a deploy brings along, which count before what is here.
    ///   - project: Whose secret the password is.
    /// - Returns: Name and password; nil for anybody.
    /// - Throws: ``SecretError/missing(_:)`` when the password has no value.
    func login(
        _ access: PullAccess?,
        bringing values: [String: Secret] = [:],
        for project: ProjectName
    ) async throws(SecretError) -> ImageLogin? {
        guard let access else { return nil }
        let name = access.passwordSecret
        if let brought = values[name] { return ImageLogin(username: access.username, password: brought) }
        guard let version = try await secrets.currentVersions(of: [name], for: project)[name] else {
            throw .missing([name])
        }
        let password = try await secrets.value(of: name, version: version, for: project)
        return ImageLogin(username: access.username, password: password)
    }

    /// The values of secrets that are needed before there is a release; those that are brought count first.
    ///
    /// - Throws: ``SecretError/missing(_:)`` with all names that have no value.
    func values(
        of names: [String],
        bringing brought: [String: Secret],
        for project: ProjectName
    ) async throws(SecretError) -> [String: Secret] {
        var values = brought.filter { names.contains($0.key) }
        let known = try await secrets.currentVersions(of: names.filter { brought[$0] == nil }, for: project)
        for (name, version) in known {
            values[name] = try await secrets.value(of: name, version: version, for: project)
        }
        return values
    }

    /// Tells these values from others without saying anything of them; empty without any.
    func mark(of values: [String: Secret]) async -> String { await secrets.mark(of: values) }

    /// Whether everything secret that a release needs is on the host.
    func isRestorable(_ release: Release) async -> Bool { (try? await check(release)) != nil }

    /// Takes in the values that a deploy brings along.
    func put(_ values: [String: Secret], for project: ProjectName) async throws(SecretError) {
        do throws(SecretStoreError) {
            _ = try await secrets.put(values, for: project)
        } catch {
            throw .unreadable("\(error)")
        }
    }

    /// The versions that a deploy with these values would start from; takes nothing in.
    ///
    /// - Throws: ``SecretError/missing(_:)`` with the names that have no value, neither here nor among those.
    func plannedVersions(
        of names: [String],
        bringing values: [String: Secret],
        for project: ProjectName
    ) async throws(SecretError) -> [String: Int] {
        var versions = try await secrets.currentVersions(of: names.filter { values[$0] == nil }, for: project)
        do throws(SecretStoreError) {
            let brought = try await secrets.planned(values.filter { names.contains($0.key) }, for: project)
            versions.merge(brought) { $1 }
        } catch {
            throw .unreadable("\(error)")
        }
        return versions
    }

    /// Whether a secret has a value here.
    func isKnown(_ name: String, for project: ProjectName) async -> Bool {
        // A name that cannot be a secret's has none.
        ((try? await secrets.currentVersions(of: [name], for: project)) ?? [:])[name] != nil
    }

    /// Keeps the environment that a release had when it was adopted, over one of a release that came to nothing.
    func seal(_ environment: [String: Secret], of release: Release) throws(SecretError) {
        masks = masks.filter { $0.key.release != release.id }
        do throws(SecretStoreError) {
            try sealed.save(environment, of: release.id)
        } catch {
            throw .unreadable("\(error)")
        }
    }

    /// Forgets the environment of a release that came to nothing.
    func forget(_ release: ReleaseID) {
        masks = masks.filter { $0.key.release != release }
        // What cannot be deleted now goes with a prune, or is written over.
        try? sealed.delete(release)
    }

    func currentVersions(of names: [String], for project: ProjectName) async throws(SecretError) -> [String: Int] {
        try await secrets.currentVersions(of: names, for: project)
    }

    func prune(keeping kept: [Release]) async {
        let names = Set(kept.map(\.id))
        // What cannot be listed or deleted now is met again at the next prune.
        for release in (try? sealed.list()) ?? [] where !names.contains(release) {
            masks = masks.filter { $0.key.release != release }
            try? sealed.delete(release)
        }
        var needed: [ProjectName: [String: Set<Int>]] = [:]
        for release in kept {
            // Replicas were started with whatever was newest then, and what they write is masked by it.
            let rotating = release.spec.secrets.filter(\.rotates).map(\.name)
            let project = release.id.service.project
            for (name, newest) in (try? await secrets.currentVersions(of: rotating, for: project)) ?? [:] {
                needed[project, default: [:]][name, default: []].formUnion(max(1, newest - Self.versionsMax)...newest)
            }
            for (name, version) in release.secretVersions {
                needed[release.id.service.project, default: [:]][name, default: []].insert(version)
            }
        }
        try? await secrets.prune(keeping: needed)
    }
}
