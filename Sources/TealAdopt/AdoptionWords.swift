import TealCore
import TealDriverKit
import TealEngine

/// What a person should know before a service is adopted, and what becomes of it later.
struct AdoptionWords: Sendable {
    private let spec: ServiceSpec
    private let active: AdoptedSlot
    private let standby: AdoptedSlot?
    private let line: SwitchLine?
    private let sight: AdoptionSight

    init(
        _ spec: ServiceSpec,
        _ active: AdoptedSlot,
        _ standby: AdoptedSlot?,
        _ line: SwitchLine?,
        _ sight: AdoptionSight
    ) {
        self.spec = spec
        self.active = active
        self.standby = standby
        self.line = line
        self.sight = sight
    }

    private var containers: [FoundContainer] { active.containers.map(\.container) }
    private var names: String { containers.map(\.name).joined(separator: ", ") }

    private var ports: PortWords { PortWords(spec, active, sight) }

    // MARK: Now

    var notes: [String] {
        var notes: [String] = []
        if spec.health.check.isEmpty, active.release.spec.written?.healthcheck == nil {
            notes.append("teal.yml has no `health` for it: it is only seen to run, and never called healthy")
        }
        if let standby {
            let name = standby.containers.map(\.container.name).joined(separator: ", ")
            if standby.isRunning {
                notes.append("\(name) runs as well: it goes on until a release takes its place")
            } else if !standby.endedWell {
                notes.append("\(name) ended otherwise than by being stopped: a rollback goes there only by name")
            }
        }
        if spec.takesTraffic, spec.routes.isEmpty { notes.append("teal.yml has no route for it") }
        return notes
    }

    /// Ways by which users come that no switch of Teal's moves.
    var gaps: [String] {
        guard spec.takesTraffic else { return [] }
        let open = active.containers.flatMap { one in
            one.container.ports.filter { $0.transport == "tcp" && $0.containerPort == one.port }
        }
        var gaps = ports.gaps
        let strays = open.filter { !ports.leads($0) }
        for port in strays where port.isPublic {
            gaps.append(
                "requests to \(port.text) go on to \(names), past \(sight.trafficSwitch.words): from the end of the first "
                    + "release on nobody answers them; \(ports.advice(port))lead those users to "
                    + "\(sight.trafficSwitch.words) before that"
            )
        }
        guard line == nil else { return gaps }
        let inner = strays.filter { !$0.isPublic }
        let hidden = inner.map(\.text)
        if let first = inner.first {
            gaps.append(
                "whatever leads to \(hidden.joined(separator: ", ")), such as an nginx that Teal does not switch, goes on to "
                    + "\(names): from the end of the first release on nobody answers there; \(ports.advice(first))have Teal "
                    + "switch it with "
                    + "`teal serve --switch nginx --nginx-site \(active.release.id.service)=FILE`, or lead it to "
                    + "\(sight.trafficSwitch.words) before that"
            )
        }
        return gaps
    }

    // MARK: Later

    var later: [String] {
        let other = active.slot.other
        var lines: [String] = []
        let isAlone = Member.mode(of: spec, replacing: active.release.spec) == .inPlace
        lines.append(
            isAlone
                ? "the first release stops \(names), then starts from teal.yml in its place"
                : "the first release starts from teal.yml in slot \(other) beside \(names)"
                    + (active.release.spec.fixedPorts.map { ", at port \($0.port(of: other))" } ?? "")
        )
        lines += ports.later
        lines.append(
            "\(names) is stopped once that has settled and \(ports.end); the second release removes it, not its volumes"
        )
        if let standby {
            let name = standby.containers.map(\.container.name).joined(separator: ", ")
            lines.append("\(name) is removed when the first release takes its place, not its volumes")
        }
        lines += missing
        lines += losses
        lines += callers
        if containers.contains(where: { $0.compose != nil }) {
            lines.append("`docker compose` knows these containers as well: `down`, `stop` and `up` by it end them")
        }
        return lines
    }

    /// What the containers have and teal.yml does not.
    private var missing: [String] {
        guard let first = containers.first else { return [] }
        let known = Set(spec.environment.keys).union(spec.secrets.map(\.name)).union(["PORT", "HOST"])
        let variables = first.environment.keys.filter { !known.contains($0) }.sorted()
        let mounted = Set(spec.volumes.map(\.target)).union(spec.written?.mounts.map(\.target) ?? [])
        let mounts = first.written.mounts.map(\.target).filter { !mounted.contains($0) }.sorted()
        var lines: [String] = []
        if !variables.isEmpty {
            lines.append("the first release has no \(variables.joined(separator: ", ")): teal.yml does not name them")
        }
        if !mounts.isEmpty {
            lines.append(
                "the first release has nothing mounted at \(mounts.joined(separator: ", ")): teal.yml has no volume there"
            )
        }
        return lines
    }

    /// What would not be the same about one that is made anew, should it vanish.
    private var losses: [String] {
        var lost = Array(Set(containers.flatMap(\.losses))).sorted()
        let isPublic = active.containers.contains { one in
            one.container.ports.contains { $0.containerPort == one.port && $0.isPublic && !ports.leads($0) }
        }
        if isPublic, active.release.spec.written?.network.ports.isEmpty ?? true {
            lost.append("its port for others than this host")
        }
        let made = "should it vanish, it is made anew from the record as \(active.namesAnew)"
        return [lost.isEmpty ? made : "\(made), without \(lost.joined(separator: " and "))"]
    }

    /// Who finds the service by a name that goes with its container.
    private var callers: [String] {
        guard spec.takesTraffic else { return [] }
        let own = Set(containers.map(\.id))
        let networks = Set(containers.flatMap { $0.written.network.networks.map(\.name) })
        let others = sight.containers.filter { one in
            one.isRunning && !own.contains(one.id)
                && !(standby?.containers.contains { $0.container.id == one.id } ?? false)
                && !networks.isDisjoint(with: one.written.network.networks.map(\.name))
        }
        guard !others.isEmpty else { return [] }
        return [
            "\(others.map(\.name).sorted().joined(separator: ", ")) may call it by its name in "
                + "\(networks.sorted().joined(separator: ", ")): that name goes with \(names), so release those that do "
                + "together with it"
        ]
    }
}
