import TealCore
import TealDriverKit
import TealEngine

/// One service of an adoption: which container is active, by what evidence, and what is in the way.
struct AdoptionLook {
    let wish: AdoptionWish
    let key: ServiceKey
    let sight: AdoptionSight
    let request: Request
    private let finding: AdoptionFinding
    private(set) var problems: [Problem] = []
    private var evidence: [String] = []
    private var notes: [String] = []

    init(_ wish: AdoptionWish, _ key: ServiceKey, _ sight: AdoptionSight, _ request: Request) {
        self.wish = wish
        self.key = key
        self.sight = sight
        self.request = request
        finding = AdoptionFinding(wish, project: request.project, sight.containers)
    }

    private var spec: ServiceSpec { wish.spec }
    private var line: SwitchLine? { spec.takesTraffic ? sight.lines[key] : nil }

    /// Whether nothing is there of a service that nobody named.
    var isAbsent: Bool {
        guard !wish.isNamed, wish.container == nil else { return false }
        if spec.kind == .job { return true }
        if case .artifact = spec.source { return true }
        if case .nothing = finding.found { return true }
        return false
    }

    mutating func service(neighbours: [Neighbour], hash: (ServiceSpec) -> String) -> AdoptedService? {
        if spec.kind == .job {
            problems.append(AdoptionProblem.job(key))
            return nil
        }
        if case .artifact = spec.source {
            problems.append(AdoptionProblem.process(key))
            return nil
        }
        let chosen: Chosen?
        switch finding.found {
        case .nothing(let names):
            problems.append(AdoptionProblem.noContainer(key, names))
            return nil
        case .pair(let blue, let green): chosen = choose(blue, green)
        case .all(let all): chosen = choose(all)
        }
        guard let chosen else { return nil }
        checkPorts(chosen)
        let maker = AdoptedSpec(spec, key, chosen.fixedPorts ?? spec.fixedPorts)
        let first = (sight.state.services[key]?.lastRelease ?? 0) + 1
        func slot(_ slot: Slot, _ containers: [FoundContainer], _ number: Int, isActive: Bool) -> AdoptedSlot {
            let places = containers.map { place(of: $0, line: isActive ? line?.endpoint : nil) }
            let made = maker.spec(of: containers[0], replicas: containers.count, places[0])
            let release = Release(
                id: ReleaseID(service: key, number: number),
                environment: request.environment,
                spec: made,
                content: containers[0].content,
                secretVersions: containers[0].environment.mapValues { _ in 0 },
                configurationHash: hash(made),
                gitCommit: nil,
                author: request.author,
                createdAt: request.wallTime,
                neighbours: neighbours
            )
            return AdoptedSlot(
                slot: slot,
                release: release,
                containers: zip(containers, places).map { container, place in
                    .init(
                        container: container,
                        endpoint: place.endpoint,
                        network: place.network,
                        port: place.port,
                        leaves: place.left?.places ?? []
                    )
                },
                endedWell: containers.allSatisfy(\.endedAsTold)
            )
        }
        let standby = chosen.standby.map { slot(chosen.slot.other, [$0], first, isActive: false) }
        let active = slot(chosen.slot, chosen.active, first + (standby == nil ? 0 : 1), isActive: true)
        checkActive(active)
        let words = AdoptionWords(spec, active, standby, line, sight)
        return AdoptedService(
            service: key,
            active: active,
            standby: standby,
            evidence: evidence,
            hasLine: line?.endpoint != nil,
            notes: notes + words.notes,
            gaps: words.gaps,
            later: words.later
        )
    }

    // MARK: Choosing

    private struct Chosen {
        let slot: Slot
        /// By position; never empty.
        let active: [FoundContainer]
        var standby: FoundContainer?
        /// The ports of both slots as they are; nil where they are not all known.
        var fixedPorts: FixedPorts?
    }

    private mutating func choose(_ all: [FoundContainer]) -> Chosen? {
        let running = all.filter(\.isRunning)
        guard !running.isEmpty else {
            problems.append(AdoptionProblem.notRunning(key, all))
            return nil
        }
        if let line, line.endpoint == nil || line.obstacle != nil {
            problems.append(AdoptionProblem.line(key, line))
            return nil
        }
        if let line, let endpoint = line.endpoint {
            guard running.count == 1, leads(endpoint, to: running[0]) else {
                problems.append(AdoptionProblem.lineElsewhere(key, line, running))
                return nil
            }
            evidence.append("\(line.place) leads to \(line.address ?? "")")
        }
        let left = all.filter { !$0.isRunning }
        if !left.isEmpty {
            notes.append(
                "\(left.map(\.name).joined(separator: ", ")) does not run and is left alone"
            )
        }
        evidence.append(
            running.count == 1 ? "it is the only one that runs" : "all \(running.count) of them run"
        )
        return Chosen(slot: .blue, active: running)
    }

    private mutating func choose(_ blue: FoundContainer?, _ green: FoundContainer?) -> Chosen? {
        let pair: [Slot: FoundContainer] = [.blue: blue, .green: green].compactMapValues(\.self)
        let running = Slot.allCases.filter { pair[$0]?.isRunning == true }
        let all = Slot.allCases.compactMap { pair[$0] }
        guard !running.isEmpty else {
            problems.append(AdoptionProblem.notRunning(key, all))
            return nil
        }
        guard let slot = activeSlot(pair, running), let active = pair[slot] else { return nil }
        guard active.isRunning else {
            problems.append(AdoptionProblem.deadActive(key, active, evidence))
            return nil
        }
        if running == [slot] { evidence.append("it is the only one that runs") }
        var standby = pair[slot.other]
        if let other = standby, !other.obstacles.isEmpty {
            notes.append(
                "\(other.name) is left alone: it \(other.obstacles.joined(separator: ", and it "))"
            )
            standby = nil
        }
        let ports = Slot.allCases.compactMap { slot in
            pair[slot].flatMap { place(of: $0).published?.hostPort }
        }
        return Chosen(
            slot: slot,
            active: [active],
            standby: standby,
            fixedPorts: ports.count == 2 && ports[0] != ports[1] ? FixedPorts(blue: ports[0], green: ports[1]) : nil
        )
    }

    /// The slot that users are on, by the weightiest evidence there is; a problem where there is none.
    private mutating func activeSlot(_ pair: [Slot: FoundContainer], _ running: [Slot]) -> Slot? {
        let mark = sight.marks[key].flatMap { Slot(rawValue: $0) }
        if let line {
            guard let endpoint = line.endpoint, line.obstacle == nil else {
                problems.append(AdoptionProblem.line(key, line))
                return nil
            }
            let led = Slot.allCases.filter { slot in pair[slot].map { leads(endpoint, to: $0) } ?? false }
            guard let slot = led.first(where: { running.contains($0) }) ?? led.first else {
                problems.append(AdoptionProblem.lineElsewhere(key, line, Slot.allCases.compactMap { pair[$0] }))
                return nil
            }
            evidence.append("\(line.place) leads to \(line.address ?? "")")
            if let wanted = wish.active, wanted != slot {
                problems.append(AdoptionProblem.contradicted(key, wanted, line))
                return nil
            }
            note(mark, against: slot)
            return slot
        }
        if let wanted = wish.active {
            evidence.append("`--active` says so")
            note(mark, against: wanted)
            return wanted
        }
        if let mark, pair[mark] != nil {
            evidence.append(".current_env says \(mark)")
            return mark
        }
        if running.count == 1 { return running[0] }
        problems.append(AdoptionProblem.ambiguous(key, Slot.allCases.compactMap { pair[$0] }))
        return nil
    }

    private mutating func note(_ mark: Slot?, against slot: Slot) {
        guard let mark else { return }
        if mark == slot {
            evidence.append(".current_env says \(mark)")
        } else {
            notes.append(".current_env says \(mark), which is not so: it is written anew")
        }
    }

    private func leads(_ endpoint: Endpoint, to container: FoundContainer) -> Bool {
        place(of: container, line: endpoint).endpoint == endpoint
            || container.ports.contains { $0.hostPort == endpoint.port && $0.isReached(at: endpoint.address) }
    }

    private func place(of container: FoundContainer, line: Endpoint? = nil) -> AdoptionPlace {
        AdoptionPlace(container, spec, sight.trafficSwitch, line: line)
    }

    // MARK: Checking

    private mutating func checkPorts(_ chosen: Chosen) {
        guard let wanted = spec.fixedPorts else { return }
        let pair = [(chosen.slot, chosen.active.first), (chosen.slot.other, chosen.standby)]
        let differing = pair.compactMap { slot, container -> (FoundContainer, Int, Slot)? in
            guard let container, let port = place(of: container).published?.hostPort,
                port != wanted.port(of: slot)
            else { return nil }
            return (container, port, slot)
        }
        guard !differing.isEmpty else { return }
        problems.append(AdoptionProblem.ports(key, wanted, differing, found: chosen.fixedPorts))
    }

    private mutating func checkActive(_ active: AdoptedSlot) {
        for one in active.containers where !one.container.obstacles.isEmpty {
            problems.append(AdoptionProblem.unfit(key, one.container))
        }
        if Set(active.containers.map(\.container.content)).count > 1 {
            problems.append(AdoptionProblem.differing(key, active.containers.map(\.container)))
        }
        if active.release.spec.takesTraffic, active.containers.contains(where: { $0.endpoint == nil }) {
            problems.append(AdoptionProblem.noAddress(key, active.containers.map(\.container)))
        }
        for one in active.containers {
            let shown = Set(AdoptedSpec.shownSecrets(one.container, spec))
            if !shown.isEmpty { problems.append(AdoptionProblem.secretShown(key, one.container, shown.sorted())) }
        }
    }
}

extension FoundContainer {
    /// Whether it runs, or ended in the way in which what is told to stop ends: by itself without an error, or by the
    /// signal.
    fileprivate var endedAsTold: Bool {
        switch phase {
        case .running: true
        case .exited(let exit): [0, 137, 143].contains(exit.code) && !exit.outOfMemory
        default: false
        }
    }
}
