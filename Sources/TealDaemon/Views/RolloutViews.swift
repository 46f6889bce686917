import TealAPI
import TealCore
import TealEngine

/// Turns the engine's rollouts and notes into the API's.
enum RolloutViews {
    static func view(
        _ snapshot: RolloutSnapshot,
        lastEvent: Int,
        elapsed: Duration?,
        wait: RolloutWait?,
        outages: [OutageView] = [],
        portGaps: [OutageView] = [],
        gaps: [AccessoryGap]? = nil
    ) -> RolloutView {
        let rollout = snapshot.rollout
        let moments = Moment.allCases.compactMap { moment in
            rollout.moments[moment].map { ReachedMoment(self.moment(moment), seconds: $0.inSeconds) }
        }
        return RolloutView(
            id: "\(rollout.id)",
            kind: kind(rollout.kind),
            project: rollout.members.first.map { "\($0.service.project)" } ?? "",
            environment: rollout.members.first.map { "\($0.new.environment)" } ?? "",
            author: rollout.author,
            startedAt: snapshot.createdAt,
            elapsedSeconds: (elapsed ?? .zero).inSeconds,
            services: rollout.members.map(service),
            phase: rollout.phase.rawValue,
            wait: rollout.outcome == nil ? wait : nil,
            moments: moments,
            outcome: OutcomeWords.outcome(of: rollout),
            problem: RolloutProblem.problem(of: rollout).map {
                OutageWords.problem(ProblemBody($0, userImpact: OutcomeWords.impact(of: rollout)), with: outages)
            },
            counters: .init(
                watchedReal: rollout.watched.real,
                watchedSynthetic: rollout.watched.synthetic,
                drained: rollout.drained,
                cutRequests: rollout.cutRequests,
                cutUpgraded: rollout.cutUpgraded
            ),
            lastEvent: lastEvent,
            back: back(rollout),
            outages: (outages + portGaps).sorted { $0.began < $1.began },
            gaps: gaps
        )
    }

    private static func back(_ rollout: Rollout) -> RolloutBack? {
        guard rollout.outcome == nil, rollout.isGoingBack else { return nil }
        let because = rollout.backReason.map { RolloutProblem.text(of: $0, members: rollout.members) }
        return .init(usersAreBack: rollout.usersAreBack, because: because ?? "it goes back")
    }

    /// Whether a note tells that no route leads to the new releases any more; nil where it tells nothing about that.
    private static func usersAreBack(_ note: JournalledNote, _ rollout: Rollout) -> Bool? {
        switch note.note {
        // What is in flight on the new releases is waited for once nothing new gets there.
        case .waiting(.drain, _) where note.leg.isBack && !rollout.hasReplaced: true
        case .ended(.kept), .ended(.reverted): true
        default: nil
        }
    }

    private static func service(_ member: Member) -> RolloutService {
        .init(
            service: "\(member.service.service)",
            from: member.old.map { "\($0.id)" },
            fromSlot: member.oldSlot?.rawValue,
            to: "\(member.new.id)",
            toSlot: member.slot.rawValue
        )
    }

    static func kind(_ kind: Rollout.Kind) -> RolloutKind {
        switch kind {
        case .deploy: .deploy
        case .rollback: .rollback
        case .scale: .scale
        }
    }

    static func moment(_ moment: Moment) -> RolloutMoment {
        switch moment {
        case .switched: .switched
        case .released: .released
        case .settled: .settled
        }
    }

    /// The event of one journalled note.
    static func event(_ note: JournalledNote, of snapshot: RolloutSnapshot) -> RolloutEvent {
        let rollout = snapshot.rollout
        func event(
            _ kind: RolloutEvent.Kind,
            _ text: String,
            phase: Phase? = nil,
            service: String? = nil,
            moment: RolloutMoment? = nil,
            wait: RolloutWait? = nil,
            outcome: RolloutOutcome? = nil
        ) -> RolloutEvent {
            RolloutEvent(
                sequence: note.sequence,
                rollout: "\(rollout.id)",
                time: snapshot.createdAt + note.elapsed.inSeconds,
                elapsedSeconds: note.elapsed.inSeconds,
                kind: kind,
                phase: kind == .ended ? nil : (phase ?? note.leg.phase).rawValue,
                service: service,
                text: text,
                moment: moment,
                wait: wait,
                outcome: outcome,
                usersAreBack: usersAreBack(note, rollout)
            )
        }
        switch note.note {
        case .phaseBegan(let phase): return event(.phaseBegan, PhaseWords.doing(phase, rollout), phase: phase)
        case .phaseEnded(let phase): return event(.phaseEnded, phase.rawValue, phase: phase)
        case .moment(let moment): return event(.moment, moment.rawValue, moment: self.moment(moment))
        case .waiting(let what, _):
            let wait = PhaseWords.wait(what, until: note.elapsed + (note.remaining ?? .zero), rollout)
            return event(.waiting, "waits for \(wait.waitingFor)", wait: wait)
        case .progress(let key, let text): return event(.progress, text, service: key.map { "\($0.service)" })
        case .warning(let text): return event(.warning, text)
        case .ended(let outcome):
            let state = OutcomeWords.outcome(of: rollout)
            return event(.ended, state.because ?? OutcomeWords.state(outcome), outcome: state)
        }
    }
}

extension RolloutViews {
    /// The event of a halt that a person has decided since: it is no end.
    static func passedHalt(_ note: JournalledNote, of snapshot: RolloutSnapshot) -> RolloutEvent {
        var because = ""
        if case .ended(.halted(let reason)) = note.note {
            because = ": " + RolloutProblem.text(of: reason, members: snapshot.rollout.members)
        }
        return RolloutEvent(
            sequence: note.sequence,
            rollout: "\(snapshot.rollout.id)",
            time: snapshot.createdAt + note.elapsed.inSeconds,
            elapsedSeconds: note.elapsed.inSeconds,
            kind: .warning,
            phase: note.leg.phase.rawValue,
            text: "halted\(because); a person let it go on"
        )
    }
}

/// The words for phases and waits.
enum PhaseWords {
    static func doing(_ phase: Phase, _ rollout: Rollout) -> String {
        let new = rollout.members.map { "\($0.new.id)" }.joined(separator: ", ")
        let old = rollout.members.compactMap { $0.old.map { "\($0.id)" } }.joined(separator: ", ")
        return switch phase {
        case .preflight: "checks the host"
        case .fetch: "fetches \(new)"
        case .migrate: "migrates with \(new)"
        case .start: "starts \(new)"
        case .prove: "waits until \(new) is healthy"
        case .smoke: "tries \(new) with the smoke requests"
        case .switching: "switches to \(new)"
        case .watch: "watches \(new) under traffic"
        case .drain: "lets what is in flight on \(old) finish"
        case .settle: old.isEmpty ? "records" : "stops \(old) and keeps it for a rollback"
        case .revert: old.isEmpty ? "takes \(new) away" : "takes users back to \(old)"
        }
    }

    static func wait(_ what: RolloutNote.Wait, until: Duration, _ rollout: Rollout) -> RolloutWait {
        let old = rollout.members.compactMap { $0.old.map { "\($0.id)" } }.joined(separator: ", ")
        let new = rollout.members.map { "\($0.new.id)" }.joined(separator: ", ")
        let (text, endedBy): (String, String) =
            switch what {
            case .health(let release): ("\(release) to pass its health gate", "its replicas, or `teal rollback`")
            case .quiet(let upgraded):
                ("at most \(upgraded) upgraded connections", "clients, or `teal deploy --supersede`")
            case .watch: ("the watch to pass", "enough bad answers, or `teal rollback`")
            case .drain:
                (
                    "requests and upgraded connections on \(rollout.leg.isBack || old.isEmpty ? new : old)",
                    "their clients, or `teal deploy --supersede`"
                )
            case .once(let name): ("'\(name)' to end", "itself, or its time limit")
            }
        return .init(waitingFor: text, untilSeconds: until.inSeconds, endedBy: endedBy)
    }
}
