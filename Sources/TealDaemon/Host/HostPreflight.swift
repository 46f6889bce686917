import Glibc
import TealCore
import TealDriverKit
import TealEngine

/// Everything that can be known before a rollout changes anything.
struct HostPreflight: Preflight {
    let home: Home
    let runtime: any ContainerRuntime
    let hostSwitch: any HostSwitch
    let environments: any ReleaseEnvironments
    /// Whether an artifact is on the host, by its hash.
    let hasArtifact: @Sendable (String) -> Bool
    let images: ReleaseImages
    /// What the host remembers; set once the book is open.
    let state: @Sendable () async -> HostState

    /// Room that must be left beside what a release needs: journal, logs, route table.
    private static let diskBytesMin: UInt64 = 96 << 20

    func check(_ rollout: Rollout) async -> PreflightReport {
        var report = PreflightReport()
        let (running, unseen) = await replicas(rollout)
        report.problems += memory(rollout, running)
        let (found, engine) = await engine(rollout)
        room(for: rollout, found, &report)
        report.problems += Self.rootless(rollout, found)
        // A runtime that gives no answer is said once.
        report.problems += engine.isEmpty ? unseen.problems : engine
        report.warnings += unseen.warnings
        report.problems += await answer(rollout)
        let state = await state()
        report.problems += Self.routes(rollout.members, state) + ports(rollout, state) + needs(rollout, state)
        let own = await hostSwitch.check(rollout, state)
        report.problems += own.problems
        report.warnings +=
            own.warnings + stoppedNeeds(rollout, state) + unknownNames(rollout, state)
            + Self.sharedNames(rollout.members, state)
        for member in rollout.members {
            // What an engine that does not answer has cannot be told.
            if engine.isEmpty || !member.new.content.isImage { report.problems += await content(member) }
            if engine.isEmpty { report.problems += await missing(member) }
            report.warnings += await rollbackTarget(member)
        }
        return report
    }

    /// Sees that there is room on each disk that the rollout writes to: the home's, and the engine's.
    private func room(for rollout: Rollout, _ engine: EngineReport?, _ report: inout PreflightReport) {
        var places = [home.root]
        if let root = engine?.dataRoot { places.append(root) }
        for text in places.compactMap(Self.shortage) {
            // A way back is not refused for room that it may not need.
            if rollout.kind == .rollback {
                report.warnings.append(text)
            } else {
                report.problems.append(
                    Problem(
                        "preflight.disk",
                        "nothing has been changed: \(text)",
                        next: ["Free some space, for example with `teal prune`"]
                    )
                )
            }
        }
    }

    /// What is wrong with the room on the disk that holds a path; nil when there is enough, or it is not to be seen.
    private static func shortage(_ path: String) -> String? {
        var facts = statvfs()
        guard statvfs(path, &facts) == 0 else { return nil }
        let free = UInt64(facts.f_bavail) * UInt64(facts.f_frsize)
        guard free < diskBytesMin else { return nil }
        return "the disk that holds \(path) has only \(free >> 20) MiB left, \(diskBytesMin >> 20) MiB are needed"
    }

    /// A store that nobody else has to reach can be asked by a command inside of it.
    private static func insideCheck(_ spec: ServiceSpec) -> [String] {
        guard case .store = spec.health.check else { return [] }
        return ["Or ask it inside its container: `health: {command: …}`, and write no `port`"]
    }

    /// Containers that would be asked at their own address, which an engine without root gives to nobody outside.
    private static func rootless(_ rollout: Rollout, _ engine: EngineReport?) -> [Problem] {
        guard let engine, engine.isRootless else { return [] }
        return rollout.members.filter { member in
            let spec = member.spec
            return member.new.content.isImage && spec.fixedPorts == nil
                && (spec.takesTraffic || spec.port != nil && spec.kind != .job)
        }.map { member in
            Problem(
                "preflight.rootless",
                "nothing has been changed: \(engine.name) runs without root, so \(member.new.id) would not be reached at its container's own address",
                next: [
                    "Give \(member.service.service) a port of the host for each slot in teal.yml: `ports: {blue: 8000, green: 8001}`"
                ] + insideCheck(member.spec)
            )
        }
    }

    /// How much more memory a rollout may use than is in use now, in bytes.
    ///
    /// Replicas that run already, as a standby's do, need no more; what is stopped before its successor starts makes room.
    static func memoryNeeded(_ members: [Member], running: [ReplicaState]) -> Int {
        func bytes(_ release: Release?, _ count: Int) -> Int { (release?.spec.resources.memoryBytesMax ?? 0) * count }
        func runs(_ replica: ReplicaID, _ release: Release?) -> Bool {
            running.contains { $0.id == replica && $0.release == release?.id && $0.isRunning }
        }
        return members.reduce(0) { sum, member in
            let starting = member.replicas(.new).filter { !runs($0, member.new) }.count
            let stopping = member.mode == .inPlace ? member.replicas(.old).filter { runs($0, member.old) }.count : 0
            return sum + max(0, bytes(member.new, starting) - bytes(member.old, stopping))
        }
    }

    private func memory(_ rollout: Rollout, _ running: [ReplicaState]) -> [Problem] {
        let needed = Self.memoryNeeded(rollout.members, running: running)
        guard needed > 0, let available = Self.availableMemory(), available < needed else { return [] }
        return [
            Problem(
                "preflight.memory",
                "nothing has been changed: the new slot may use \(needed >> 20) MiB, the host has \(available >> 20) MiB left",
                next: ["Lower `resources.memory` or `replicas`, or use a larger host"]
            )
        ]
    }

    /// `MemAvailable` of proc(5), in bytes.
    private static func availableMemory() -> Int? {
        TextFile.read("/proc/meminfo")?.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
            .flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) }.map { $0 << 10 }
    }

    /// The replicas of the rollout's services: what another runtime has does not matter here.
    private func replicas(_ rollout: Rollout) async -> ([ReplicaState], PreflightReport) {
        var running: [ReplicaState] = []
        for member in rollout.members {
            do throws(RuntimeError) {
                running += try await runtime.replicas(of: member.service)
            } catch {
                let text = RuntimeWords.text(error)
                // An artifact needs no engine, even if what it comes in the place of does.
                if !member.new.content.isImage,
                    let own = try? await runtime.replicas(of: member.service, in: member.slot)
                {
                    running += own
                    let warning =
                        "what runs of \(member.service.service) cannot be seen, and stops only once it can: \(text)"
                    return (running, PreflightReport(warnings: [warning]))
                }
                return (
                    running,
                    PreflightReport(problems: [.init("preflight.runtime", "nothing has been changed: \(text)")])
                )
            }
        }
        return (running, PreflightReport())
    }

    /// What runs containers, and what is wrong with it, where the rollout has any.
    private func engine(_ rollout: Rollout) async -> (EngineReport?, [Problem]) {
        guard let first = rollout.members.first(where: { $0.new.content.isImage }) else { return (nil, []) }
        do throws(ImageError) {
            return (try await images.source.engine(), [])
        } catch {
            let why = ImageWords.text(engine: error)
            let problem = Problem(
                "preflight.docker",
                "nothing has been changed: \(first.new.id) runs an image, and Docker cannot be used here: \(why)",
                next: ImageWords.next(engine: error) + ["Look at `teal doctor`"]
            )
            return (nil, [problem])
        }
    }

    /// Whether the switch answers, where the rollout needs it.
    private func answer(_ rollout: Rollout) async -> [Problem] {
        guard rollout.members.contains(where: \.isRouted) else { return [] }
        do throws(SwitchError) {
            _ = try await hostSwitch.driver.position()
            return []
        } catch {
            return [
                Problem(
                    hostSwitch.kind == .proxy ? "preflight.proxy" : "preflight.nginx",
                    "nothing has been changed: \(RuntimeWords.text(error, of: hostSwitch.kind.words))",
                    next: ["Look at `teal doctor`"]
                )
            ]
        }
    }

    /// What a container that somebody wrote down names, and that nobody has made.
    private func missing(_ member: Member) async -> [Problem] {
        guard member.spec.written != nil else { return [] }
        do throws(RuntimeError) {
            return try await runtime.missing(for: member.new).map { need in
                if need.network != nil {
                    return Problem(
                        "preflight.network",
                        "nothing has been changed: \(member.new.id) needs \(need.what): it is not there",
                        next: ["Run `\(need.next)` on the host, or deploy with `--create-networks`"]
                    )
                }
                return Problem(
                    "preflight.missing",
                    "nothing has been changed: \(member.new.id) needs \(need.what): it is not there",
                    next: ["Run `\(need.next)` on the host, then deploy again"]
                )
            }
        } catch {
            return [.init("preflight.runtime", "nothing has been changed: \(RuntimeWords.text(error))")]
        }
    }

    private func content(_ member: Member) async -> [Problem] {
        do throws(SecretError) {
            try await environments.check(member.new)
        } catch {
            return [
                Problem(
                    "preflight.secrets",
                    "nothing has been changed: the environment of \(member.new.id) is not complete: \(SecretWords.text(error))",
                    next: ["Add the values to the secrets file and deploy again"]
                )
            ]
        }
        let history = "`teal history \(member.service.service)` says which releases are restorable"
        guard let hash = member.new.content.artifactHash else {
            guard let why = await images.whyGone(member.new) else { return [] }
            let image = ImageWords.name(member.new) ?? member.new.content.hash
            return [
                Problem(
                    "preflight.image",
                    "nothing has been changed: the image of \(member.new.id), \(image), cannot be had: \(why)",
                    next: ["Make it available again, or deploy another one; \(history)"]
                )
            ]
        }
        guard !hasArtifact(hash) else { return [] }
        return [
            Problem(
                "preflight.content",
                "nothing has been changed: the artifact of \(member.new.id) is not on this host any more",
                next: ["Deploy it again; \(history)"]
            )
        ]
    }

    private func rollbackTarget(_ member: Member) async -> [String] {
        guard let old = member.old else { return [] }
        guard let hash = old.content.artifactHash else {
            guard let why = await images.whyGone(old) else { return [] }
            return [
                "the image of \(old.id) cannot be had any more: it could not be rolled back to once it has stopped: \(why)"
            ]
        }
        guard !hasArtifact(hash) else { return [] }
        return [
            "the artifact of \(old.id) is not on this host any more: it could not be rolled back to once it has stopped"
        ]
    }

    /// Routes of members that lead elsewhere already.
    static func routes(_ members: [Member], _ state: HostState) -> [Problem] {
        members.flatMap { member in
            member.spec.routes.flatMap { route in
                state.traffic.filter { $0.service != member.service }.flatMap { other in
                    other.routes.filter { taken in
                        taken.pathPrefix == route.pathPrefix && Self.share(taken.hosts, route.hosts)
                            && !isApart(member, route, other, taken, state)
                    }.map { taken in
                        let host = taken.hosts.first { route.hosts.contains($0) } ?? "every host"
                        return Problem(
                            "preflight.route-taken",
                            "nothing has been changed: \(host)\(route.pathPrefix) already leads to \(other.service)",
                            next: ["Change `routes` of \(member.service.service) in teal.yml"]
                        )
                    }
                }
            }
        }
    }

    /// Names that two projects have inside their networks, and that the host's own internal listener therefore does not know.
    static func sharedNames(_ members: [Member], _ state: HostState) -> [String] {
        members.flatMap { member in
            member.spec.routes.flatMap { route in
                state.traffic.flatMap { other in
                    other.routes.filter { taken in
                        taken.pathPrefix == route.pathPrefix && share(taken.hosts, route.hosts)
                            && isApart(member, route, other, taken, state)
                    }.map { taken in
                        let host = taken.hosts.first { route.hosts.contains($0) } ?? "every host"
                        return "\(host)\(route.pathPrefix) is internal to \(member.service.project) and to "
                            + "\(other.service.project): processes of the host do not find what runs in a container by it"
                    }
                }
            }
        }
    }

    /// Whether two internal routes for one place never meet: those of different projects of which one at least has a
    /// network, where each finds its own.
    private static func isApart(
        _ member: Member,
        _ route: Route,
        _ other: ServiceTraffic,
        _ taken: Route,
        _ state: HostState
    ) -> Bool {
        guard route.internalOnly, taken.internalOnly, member.service.project != other.service.project else {
            return false
        }
        return member.new.content.isImage || other.gateway != nil || state.gateway(of: member.service.project) != nil
    }

    /// Names that come with a rollout and that containers which run already were not told.
    private func unknownNames(_ rollout: Rollout, _ state: HostState) -> [String] {
        let running = state.services.values.sorted { $0.service < $1.service }.compactMap { record -> Release? in
            guard !rollout.services.contains(record.service) else { return nil }
            return state.release(record.active?.release).flatMap { $0.content.isImage ? $0 : nil }
        }
        return rollout.members.filter { $0.spec.kind == .web && $0.old == nil }.flatMap { member in
            running.filter { release in
                release.id.service.project == member.service.project
                    && !release.neighbours.contains { $0.name == member.service.service }
            }.map { release in
                "\(release.id) was made when teal.yml had no \(member.service.service): it finds it by name from its next "
                    + "release on"
            }
        }
    }

    private static func share(_ one: [String], _ other: [String]) -> Bool {
        one.isEmpty && other.isEmpty || !Set(one).isDisjoint(with: other)
    }

    private func ports(_ rollout: Rollout, _ state: HostState) -> [Problem] {
        rollout.members.flatMap { member -> [Problem] in
            let wanted = Self.fixedPorts(member.spec)
            return state.services.values.filter { $0.service != member.service }.flatMap { record -> [Problem] in
                guard let spec = state.release(record.active?.release)?.spec else { return [] }
                return wanted.intersection(Self.fixedPorts(spec)).sorted().prefix(1).map { port in
                    Problem(
                        "preflight.port-taken",
                        "nothing has been changed: port \(port) of \(member.service) belongs to \(record.service)",
                        next: ["Change `ports` of \(member.service.service) in teal.yml"]
                    )
                }
            }
        }
    }

    private static func fixedPorts(_ spec: ServiceSpec) -> Set<Int> {
        guard let fixed = spec.fixedPorts else { return [] }
        return Set(Slot.allCases.flatMap { slot in (0..<spec.replicas).map { fixed.port(of: slot) + $0 } })
    }

    private func needs(_ rollout: Rollout, _ state: HostState) -> [Problem] {
        rollout.members.flatMap { member in
            member.spec.needs.filter { name in
                let key = ServiceKey(project: member.service.project, service: name)
                return !rollout.services.contains(key) && state.services[key]?.active == nil
            }.map { name in
                Problem(
                    "preflight.needs",
                    "nothing has been changed: \(member.service.service) needs \(name), which is not active on this host",
                    next: ["Deploy both: `teal deploy \(name) \(member.service.service)`"]
                )
            }
        }
    }

    /// What services of a rollout need and a person has stopped: they may not become healthy without it.
    private func stoppedNeeds(_ rollout: Rollout, _ state: HostState) -> [String] {
        rollout.members.flatMap { member in
            member.spec.needs.compactMap { name in
                let key = ServiceKey(project: member.service.project, service: name)
                guard !rollout.services.contains(key), let record = state.services[key], record.isStopped,
                    let stop = record.stopped
                else { return nil }
                return "\(member.service.service) needs \(name), which \(stop.author) has stopped; "
                    + "start it with `teal accessory start \(name)`"
            }
        }
    }
}
