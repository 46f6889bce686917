package import TealCore
package import TealDriverKit
import TealEngine

/// What is in the way of an adoption, in words.
enum AdoptionProblem {
    private static let unchanged = "nothing has been changed"

    static func active(_ key: ServiceKey, _ release: ReleaseID) -> Problem {
        Problem(
            "adopt.active",
            "\(unchanged): \(release) of \(key.project) is active already, made by Teal",
            next: ["Release it with `teal deploy \(key.service)`; only what Teal does not run yet can be adopted"]
        )
    }

    static func nothing(_ project: ProjectName, _ absent: [ServiceName]) -> Problem {
        Problem(
            "adopt.no-container",
            "\(unchanged): no container of \(project) was found that Teal does not run yet",
            at: absent.isEmpty ? [] : ["looked for \(absent.map { "\($0)" }.joined(separator: ", "))"],
            next: [
                "See their names with `docker ps -a`, and name one with `--container SERVICE=NAME`",
                "Release what does not run yet with `teal deploy`",
            ]
        )
    }

    static func noContainer(_ key: ServiceKey, _ names: [String]) -> Problem {
        Problem(
            "adopt.no-container",
            "\(unchanged): no container of \(key.service) was found",
            at: ["looked for \(names.joined(separator: ", "))"],
            next: ["See their names with `docker ps -a`, and name it with `--container \(key.service)=NAME`"]
        )
    }

    static func job(_ key: ServiceKey) -> Problem {
        Problem(
            "adopt.kind",
            "\(unchanged): \(key.service) is a job, which runs once: there is nothing of it to adopt",
            next: ["Leave it out; `teal deploy \(key.service)` runs it"]
        )
    }

    static func process(_ key: ServiceKey) -> Problem {
        Problem(
            "adopt.kind",
            "\(unchanged): teal.yml runs \(key.service) as a process, and only containers can be adopted",
            next: ["Give it its `image` in teal.yml, or leave it out and release it with `teal deploy \(key.service)`"]
        )
    }

    static func notRunning(_ key: ServiceKey, _ all: [FoundContainer]) -> Problem {
        Problem(
            "adopt.not-running",
            "\(unchanged): no container of \(key.service) runs",
            at: all.map { "\($0.name) \(phase($0))" },
            next: ["Start it with `docker start`, or release \(key.service) with `teal deploy \(key.service)`"]
        )
    }

    static func deadActive(_ key: ServiceKey, _ container: FoundContainer, _ evidence: [String]) -> Problem {
        Problem(
            "adopt.not-running",
            "\(unchanged): \(container.name) is what users of \(key.service) are led to, and it does not run",
            at: evidence + ["\(container.name) \(phase(container))"],
            next: ["Start it with `docker start \(container.name)`, or lead users to the one that runs, then try again"]
        )
    }

    static func ambiguous(_ key: ServiceKey, _ all: [FoundContainer]) -> Problem {
        Problem(
            "adopt.ambiguous",
            "\(unchanged): \(all.map(\.name).joined(separator: " and ")) run, and nothing says which of them users of "
                + "\(key.service) are on",
            next: [
                "Say it with `--active \(key.service)=blue` or `--active \(key.service)=green`",
                "Or let it be seen: `teal serve --switch nginx --nginx-site \(key)=FILE`, or `currentEnvFile` in teal.yml",
            ]
        )
    }

    static func contradicted(_ key: ServiceKey, _ wanted: Slot, _ line: SwitchLine) -> Problem {
        Problem(
            "adopt.ambiguous",
            "\(unchanged): `--active \(key.service)=\(wanted)` is not what \(line.place) says",
            at: ["\(line.place) leads to \(line.address ?? "nowhere")"],
            next: ["Leave `--active` out, or lead the line to the other container first"]
        )
    }

    static func line(_ key: ServiceKey, _ line: SwitchLine) -> Problem {
        Problem(
            "adopt.line",
            "\(unchanged): \(line.place) does not say where users of \(key.service) are: \(line.obstacle ?? "it has no address and port")",
            next: ["Mend that, reload nginx, and try again"]
        )
    }

    static func lineElsewhere(_ key: ServiceKey, _ line: SwitchLine, _ all: [FoundContainer]) -> Problem {
        Problem(
            "adopt.line",
            "\(unchanged): \(line.place) leads to \(line.address ?? "nowhere"), which is no container of \(key.service)",
            at: all.map { one in
                let places = one.ports.filter { $0.transport == "tcp" }.map(\.text) + one.addresses.values.sorted()
                return "\(one.name) is reached at \(places.isEmpty ? "no port" : places.joined(separator: ", "))"
            },
            next: [
                "Name the container that it leads to with `--container \(key.service)=NAME`, or the right file with "
                    + "`--nginx-site`"
            ]
        )
    }

    static func ports(
        _ key: ServiceKey,
        _ wanted: FixedPorts,
        _ differing: [(FoundContainer, Int, Slot)],
        found: FixedPorts?
    ) -> Problem {
        let right =
            found
            ?? FixedPorts(
                blue: differing.first { $0.2 == .blue }?.1 ?? wanted.blue,
                green: differing.first { $0.2 == .green }?.1 ?? wanted.green
            )
        return Problem(
            "adopt.ports",
            "\(unchanged): the ports of \(key.service) in teal.yml are not those of its containers",
            at: differing.map { "\($0.0.name) has \($0.1), and `ports.\($0.2)` is \(wanted.port(of: $0.2))" },
            next: ["Write `ports: {blue: \(right.blue), green: \(right.green)}` for \(key.service) in teal.yml"]
        )
    }

    static func unfit(_ key: ServiceKey, _ container: FoundContainer) -> Problem {
        Problem(
            "adopt.unfit",
            "\(unchanged): \(container.name) of \(key.service) cannot be taken over as it is",
            at: container.obstacles.map { "it \($0)" },
            next: ["Release \(key.service) with `teal deploy \(key.service)` instead, or mend that and try again"]
        )
    }

    static func differing(_ key: ServiceKey, _ all: [FoundContainer]) -> Problem {
        Problem(
            "adopt.unfit",
            "\(unchanged): the containers of \(key.service) run different images, and a release has one",
            at: all.map { "\($0.name) runs \($0.image), \($0.content.hash)" },
            next: ["Bring them to one image, or stop those that are not meant"]
        )
    }

    static func noAddress(_ key: ServiceKey, _ all: [FoundContainer]) -> Problem {
        Problem(
            "adopt.no-address",
            "\(unchanged): there is no address at which \(all.map(\.name).joined(separator: ", ")) takes requests",
            at: ["it has no port of the host and no address in a network, or its port is not known"],
            next: ["Write the container's `port` for \(key.service) in teal.yml"]
        )
    }

    static func secretShown(_ key: ServiceKey, _ container: FoundContainer, _ names: [String]) -> Problem {
        Problem(
            "adopt.secret-shown",
            "\(unchanged): the value of \(names.joined(separator: ", ")) stands in the command, the check or a label of "
                + "\(container.name), and these are recorded in the open",
            next: ["Release \(key.service) with `teal deploy \(key.service)`, with the value as a secret alone"]
        )
    }

    static func shared(_ container: FoundContainer, _ one: ServiceKey, _ other: ServiceKey) -> Problem {
        Problem(
            "adopt.ambiguous",
            "\(unchanged): \(container.name) would be of \(one.service) and of \(other.service)",
            next: ["Say which container is whose with `--container SERVICE=NAME`"]
        )
    }

    private static func phase(_ container: FoundContainer) -> String {
        switch container.phase {
        case .running: "runs"
        case .restarting(let exit): "starts again and again (\(exit))"
        case .exited(let exit): exit.description
        case .stopped: "was never started"
        case .foreign(let text): "is \(text)"
        }
    }
}

extension AdoptionProblem {
    /// What a person is told of a gate that was not passed.
    static func unhealthy(_ replica: ReplicaID, _ container: String, _ service: ServiceName, _ why: String) -> Problem {
        Problem(
            "adopt.unhealthy",
            "nothing has been changed: \(container) does not pass the gate of \(service): \(why)",
            at: ["it would be \(replica)"],
            next: [
                "Mend `health` of \(service) in teal.yml, or the container, and try again",
                "Or vouch for it yourself: `teal adopt \(service) --trust`",
            ]
        )
    }
}

/// The problems of an adoption that only its effects meet.
package enum AdoptionTrouble {
    /// A container did not pass its service's gate.
    package static func unhealthy(
        _ replica: ReplicaID,
        in container: String,
        _ result: ProbeFailure,
        at endpoint: Endpoint?
    ) -> Problem {
        AdoptionProblem.unhealthy(
            replica,
            container,
            replica.service.service,
            ProbeWords.text(result, at: endpoint)
        )
    }

    package static func engine(_ error: RuntimeError) -> Problem {
        Problem(
            "adopt.engine",
            "nothing has been changed: the containers of this host cannot be looked at: \(RuntimeWords.text(error))",
            next: ["Look at the engine with `docker ps`, and whether the daemon asks the right one with `teal doctor`"]
        )
    }

    package static func notTaken(_ key: ServiceKey, _ why: String) -> Problem {
        Problem(
            "adopt.failed",
            "nothing has been changed: \(key.service) could not be taken over: \(why)",
            next: ["Try again; nothing is left of this attempt"]
        )
    }

    package static func changed() -> Problem {
        Problem(
            "adopt.changed",
            "nothing has been changed: the containers are not as the plan showed them any more",
            next: ["Look at the plan again with `teal adopt`"]
        )
    }

    package static func busy(_ keys: [ServiceKey]) -> Problem {
        Problem(
            "adopt.busy",
            "nothing has been changed: a rollout of \(keys.map { "\($0.service)" }.joined(separator: ", ")) is under way",
            next: ["Wait for it: `teal attach`"]
        )
    }

    package static func silentSwitch(_ words: String, _ why: String) -> Problem {
        Problem(
            "adopt.switch",
            "nothing has been changed: \(words) gives no answer, and what is adopted is led to by it: \(why)",
            next: ["See what is wrong with `teal doctor`"]
        )
    }
}
