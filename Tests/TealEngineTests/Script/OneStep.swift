import TealCore
import TealDriverKit
import TealEngine
import TealTestSupport

/// One step of a rollout of one member, carried out by the performer on a host where the rest goes well.
enum OneStep {
    static func perform(
        _ effect: Effect,
        at leg: Leg,
        of member: Member,
        during current: Rollout? = nil,
        runtime: any ContainerRuntime,
        environments: any ReleaseEnvironments = WillingHost()
    ) async -> StepResult {
        let host = WillingHost()
        let drivers = HostDrivers(
            runtime: runtime,
            trafficSwitch: host,
            probe: ScriptedProbe(answer: .passed(latency: .zero)),
            environments: environments,
            preflight: host,
            marker: host
        )
        let contents = JournalContents(epoch: 1, services: [], releases: [], table: nil, unended: [], lastRollout: 0)
        let book = HostBook(contents: contents, journal: MemoryJournal(), trafficSwitch: host)
        let begun = Rollout(id: RolloutID(number: 7), kind: .deploy, members: [member], author: "ann", now: host.now())
        let step = Step(number: 1, leg: leg, effect: effect)
        return await HostPerformer(drivers: drivers, book: book, clock: host).perform(step, of: current ?? begun)
    }
}
