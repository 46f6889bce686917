import TealAPI
import TealCore
import TealDriverKit
import TealEngine

/// Turns planned members into the API's plan.
enum PlanViews {
    /// What a rollout would do with one service.
    ///
    /// - Parameters:
    ///   - member: The service's part in the rollout.
    ///   - state: What the host remembers.
    ///   - image: The image that was found for it; nil for an artifact or a release that is recorded.
    ///   - source: The commit that was found for it; nil for what is not built, or is recorded.
    ///   - written: What was handed over for it; nil for a rollback.
    /// - Returns: The service's part of the plan.
    static func planned(
        _ member: Member,
        _ state: HostState,
        _ image: FoundImage? = nil,
        _ source: PlannedSource? = nil,
        written: DeployService? = nil
    ) -> PlannedService {
        let spec = member.new.spec
        let read = image.map { ImageWords.assumed(spec, written: written?.spec ?? spec, $0.traits) } ?? []
        let old = member.old?.spec
        let memory = spec.resources.memoryBytesMax.map { $0 * spec.replicas }
        let oldMemory = old?.resources.memoryBytesMax.map { $0 * (old?.replicas ?? 0) }
        return PlannedService(
            service: "\(spec.name)",
            kind: spec.kind.rawValue,
            strategy: spec.strategy.rawValue,
            from: member.old.map { "\($0.id)" },
            to: "\(member.new.id)",
            slot: spec.kind == .job ? nil : member.slot.rawValue,
            content: source.map(SourceWords.content) ?? content(member.new),
            contentChanged: member.old?.content != member.new.content,
            image: ImageWords.planned(member.new, image),
            source: source ?? SourceWords.planned(member.new),
            configuration: old.map { SpecDifference.lines(from: $0, to: spec) } ?? [],
            environment: keys(from: old?.environment ?? [:], to: spec.environment),
            secrets: keys(from: member.old?.secretVersions ?? [:], to: member.new.secretVersions),
            routes: routes(spec),
            routesChanged: old.map { $0.routes != spec.routes || $0.hostPorts != spec.hostPorts } ?? true,
            replicas: spec.replicas,
            memoryBytesPerSlot: memory,
            memoryBytesBothSlots: memory.map { $0 + (member.mode == .blueGreen ? oldMemory ?? 0 : 0) },
            downtime: downtime(member),
            assumed: (written?.assumed ?? []) + read,
            health: HealthWords.text(spec)
        )
    }

    /// An accessory that has changed and stays as it is.
    static func left(_ left: AccessoryCare.Left, _ state: HostState) -> PlannedService {
        let (spec, active) = (left.draft.spec, left.active)
        let memory = active.spec.resources.memoryBytesMax.map { $0 * active.spec.replicas }
        return PlannedService(
            service: "\(spec.name)",
            kind: spec.kind.rawValue,
            strategy: spec.strategy.rawValue,
            from: "\(active.id)",
            to: nil,
            slot: state.services[active.id.service]?.activeSlot?.rawValue,
            content: content(active),
            contentChanged: left.draft.content != active.content,
            image: ImageWords.planned(active, nil),
            configuration: SpecDifference.lines(from: active.spec, to: spec),
            environment: keys(from: active.spec.environment, to: spec.environment),
            secrets: keys(from: active.secretVersions, to: left.draft.secretVersions),
            routes: routes(active.spec),
            routesChanged: active.spec.routes != spec.routes,
            replicas: active.spec.replicas,
            memoryBytesPerSlot: memory,
            memoryBytesBothSlots: memory,
            downtime: nil,
            assumed: [],
            health: HealthWords.text(active.spec),
            left: AccessoryWords.left(left)
        )
    }

    static func unchanged(_ key: ServiceKey, _ state: HostState) -> PlannedService? {
        guard let record = state.services[key], let release = state.release(record.active?.release) else { return nil }
        let memory = release.spec.resources.memoryBytesMax.map { $0 * release.spec.replicas }
        return PlannedService(
            service: "\(key.service)",
            kind: release.spec.kind.rawValue,
            strategy: release.spec.strategy.rawValue,
            from: "\(release.id)",
            to: nil,
            slot: record.activeSlot?.rawValue,
            content: content(release),
            contentChanged: false,
            image: ImageWords.planned(release, nil),
            source: SourceWords.planned(release),
            configuration: [],
            environment: .init(unchanged: release.spec.environment.keys.sorted()),
            secrets: .init(unchanged: release.secretVersions.keys.sorted()),
            routes: routes(release.spec),
            routesChanged: false,
            replicas: release.spec.replicas,
            memoryBytesPerSlot: memory,
            memoryBytesBothSlots: memory,
            downtime: nil,
            assumed: [],
            health: HealthWords.text(release.spec)
        )
    }

    private static func content(_ release: Release) -> String {
        if let source = SourceWords.planned(release) { return SourceWords.content(source) }
        return ImageWords.text(release).map { "image \($0)" } ?? "artifact \(release.content.hash.prefix(12))"
    }

    private static func keys<Value: Equatable>(from old: [String: Value], to new: [String: Value]) -> PlannedKeys {
        .init(
            added: new.keys.filter { old[$0] == nil }.sorted(),
            changed: new.filter { old[$0.key] != nil && old[$0.key] != $0.value }.keys.sorted(),
            removed: old.keys.filter { new[$0] == nil }.sorted(),
            unchanged: new.filter { old[$0.key] == $0.value }.keys.sorted()
        )
    }

    static func routes(_ spec: ServiceSpec) -> [String] {
        let named = spec.routes.flatMap { route in
            (route.hosts.isEmpty ? ["*"] : route.hosts).map { host in
                "\(host)\(route.pathPrefix)" + (route.stripPrefix ? " (prefix stripped)" : "")
                    + (route.internalOnly ? " (internal)" : "")
            }
        }
        let ports = (spec.hostPorts ?? []).map { port in "port \(port) of the host" }
        return named + ports
    }

    private static func downtime(_ member: Member) -> String? {
        guard member.mode == .inPlace, member.old != nil else { return nil }
        let why =
            if member.spec.background == .exclusive {
                "its background work is exclusive"
            } else if member.spec.kind == .accessory {
                "it is an accessory"
            } else if member.spec.strategy == .recreate {
                "its strategy is recreate"
            } else {
                "the old release must have ended"
            }
        return "\(why): the old release stops before the new one starts"
    }
}

/// Which settings of a service differ, in lines for people; names of variables are shown elsewhere, values never.
enum SpecDifference {
    static func lines(from old: ServiceSpec, to new: ServiceSpec) -> [String] {
        var lines: [String] = []
        func compare<Value: Equatable>(_ name: String, _ path: KeyPath<ServiceSpec, Value>, _ text: (Value) -> String) {
            guard old[keyPath: path] != new[keyPath: path] else { return }
            let (before, after) = (text(old[keyPath: path]), text(new[keyPath: path]))
            lines.append(before == after ? "\(name) changed" : "\(name): \(before) -> \(after)")
        }
        compare("kind", \.kind) { $0.rawValue }
        compare("strategy", \.strategy) { $0.rawValue }
        compare("replicas", \.replicas) { "\($0)" }
        if case .git(let before) = old.source, case .git(let after) = new.source {
            lines += SourceWords.differences(from: before, to: after)
        }
        compare("command", \.command) { _ in "" }
        compare("port", \.port) { $0.map { "\($0)" } ?? "none" }
        compare("ports", \.fixedPorts) { $0.map { "\($0.blue)/\($0.green)" } ?? "none" }
        compare("needs", \.needs) { $0.map(\.description).joined(separator: ", ") }
        compare("background", \.background) { $0.name }
        compare("resources.memory", \.resources.memoryBytesMax) { $0.map { "\($0 >> 20)m" } ?? "no limit" }
        compare("resources.cpus", \.resources.cpusMax) { $0.map { "\($0)" } ?? "no limit" }
        compare("container", \.container) { _ in "" }
        compare("registry", \.pull) { $0.map { "pulled as \($0.username)" } ?? "pulled by anybody" }
        compare("volumes", \.volumes) { _ in "" }
        compare("stop", \.stop) { "\($0.signal), \(ProbeWords.seconds($0.grace))" }
        compare("proxy", \.proxy) { _ in "" }
        compare("health", \.health) { _ in "" }
        compare("smoke", \.smoke) { "\($0.count) requests" }
        compare("drain", \.drain) { "\(ProbeWords.seconds($0.requests)), \(ProbeWords.seconds($0.upgraded))" }
        compare("watch", \.watch) { ProbeWords.seconds($0.window) }
        compare("switchWhen", \.switchWhen) { _ in "" }
        compare("timeouts", \.timeouts) { _ in "" }
        compare("migrate", \.migrate) { _ in "" }
        compare("hooks", \.hooks) { "\($0.count)" }
        compare("keep", \.keep) { "\($0.releases) releases, standby \(ProbeWords.seconds($0.standby))" }
        return lines
    }
}
