import Foundation
import TealSimulator
import Testing

/// Each story is played by `teal-simulate` itself: only there are sets and dictionaries in the same order every time.
@Suite struct `Simulated stories` {
    @Test(.timeLimit(.minutes(5)), arguments: [UInt64](1...12).map { $0 * 1_000_003 })
    func `keep every invariant`(seed: UInt64) throws {
        let (status, text) = try Self.simulate(["--seed", "\(seed)"])
        #expect(status == 0, "replay it with TEAL_SEED=\(seed): \(text)")
    }

    @Test(.timeLimit(.minutes(5)), arguments: [UInt64](1...8).map { $0 * 1_000_003 })
    func `of several hosts keep every invariant`(seed: UInt64) throws {
        let (status, text) = try Self.simulate(["--hosts", "--seed", "\(seed)"])
        #expect(status == 0, "replay it with --hosts --seed \(seed): \(text)")
    }

    // MARK: Seeds that found something

    /// A replica ended while it was being asked how it is.
    ///
    /// Its next run was given the pass of the one before, and took traffic with one pass too few. As a value: `what a run
    /// passed before it ended does not count for the run after it` in `KeeperTests`.
    @Test(.timeLimit(.minutes(5))) func `736: the pass of a run that has ended counts for no other run`() throws {
        try Self.expectGood(736)
    }

    /// On the way back from a hand-over a replica of the old release had ended.
    ///
    /// The keeper started it ready to work while the new release still worked. As a value: `a release that hands its work
    /// over is started at work only in the active slot` in `KeeperTests`.
    @Test(.timeLimit(.minutes(5))) func `1025: the keeper starts nothing at work that another release does`() throws {
        try Self.expectGood(1025)
    }

    /// The proxy gave no answer while a rollback switched, and the release that it went to ended meanwhile.
    ///
    /// The rollback went on, and users were taken from a release that ran. As a value: `switch: a rollback goes back when
    /// its release ends before its route is followed` in `PhaseFailureTests`.
    @Test(.timeLimit(.minutes(5)))
    func `1815: a rollback goes back when its release ends before users are there`() throws {
        try Self.expectGood(1815)
    }

    /// The runtime crashed twice on the way back from a hand-over, so that the old release ended while it was proven again.
    ///
    /// It was started ready to work while the new release still worked. As a value: `an old release that ends while it is
    /// proven again is started without work` in `BackgroundWorkTests`.
    @Test(.timeLimit(.minutes(5)))
    func `21210: an old release that ends while it is proven again is started without work`() throws {
        try Self.expectGood(21210)
    }

    /// Somebody removed the old release's replica, which hands its work over, and its content as well.
    ///
    /// A good release was not released, since what was not there did not say that it ended its work. As a value: `what is
    /// not there does no work` in `IdleTests`.
    @Test(.timeLimit(.minutes(5))) func `22906: what is not there need not end its work`() throws {
        try Self.expectGood(22906)
    }

    /// A slot was cleared and that could not be written down, so that the record named runs that were gone.
    ///
    /// The rollback took the run that it started for the warm one, and routed it after one pass. As a value: `only a standby
    /// that still runs proven is warm` in `PlannerTests`.
    @Test(.timeLimit(.minutes(5))) func `25314: a run that was started anew is not warm`() throws {
        try Self.expectGood(25314)
    }

    /// A deploy of one service overtook a halted rollout of two, and the other one's former release still had users.
    ///
    /// It was stopped without a drain. As a value: `SlotDrainTests`.
    @Test(.timeLimit(.minutes(5)))
    func `26532: what a halted rollout left over is drained before it is stopped`() throws {
        try Self.expectGood(26532)
    }

    /// The daemon died in a watch, could not take users back, and halted; the next rollout was refused.
    ///
    /// Then the former release was stopped with its connections, as in 26532.
    @Test(.timeLimit(.minutes(5)))
    func `193366671882496: a refused rollout after a halted one ends no connections either`() throws {
        try Self.expectGood(193_366_671_882_496)
    }

    /// On a full disk the halt of a rollout could not be written down, nor told.
    ///
    /// A person let it go on later, and it never ended. As a value: `LateEndTests`.
    @Test(.timeLimit(.minutes(5)))
    func `193366671880146: a halt that was written late can be decided`() throws {
        try Self.expectGood(193_366_671_880_146)
    }

    /// After a boot on a full disk the routes were put right, and it was not noted that they were.
    ///
    /// The next start in the same boot, with a runtime that gave no answer, took all services from their users. As a value:
    /// `the boot is noted once the journal holds what its start found` in `BootNoteTests`.
    @Test(.timeLimit(.minutes(5)))
    func `193366671882280: routes of this boot stay while a runtime gives no answer`() throws {
        try Self.expectGood(193_366_671_882_280)
    }

    /// A rollout halted on its way back and left the former release at work; the next one was kept out.
    ///
    /// The keeper started the active release, which works alone, while the other one was being stopped. As a value: `what
    /// works alone starts only once the other slot has stopped` in `KeeperTests`.
    @Test(.timeLimit(.minutes(5)))
    func `258168565192142: what works alone is not started beside what is being stopped`() throws {
        try Self.expectGood(258_168_565_192_142)
    }

    /// Somebody removed a replica of the old release just after a rollback had given it its work back.
    ///
    /// It was started again without work, since the rollout was not over, and stayed without. As a value: `an active
    /// replica that was told to do no work is told to` in `KeeperTests`.
    @Test(.timeLimit(.minutes(5)))
    func `23844588517331: a replica that was started in a hand-over is given its work`() throws {
        try Self.expectGood(23_844_588_517_331)
    }

    /// While a slow disk held a change up, a second replica was proven by the one pass that is enough for the first.
    ///
    /// It took traffic with too few. As a value: `one pass is enough when no other replica is on the route` in
    /// `KeeperTests`.
    @Test(.timeLimit(.minutes(5)))
    func `23844588519643: one pass is enough only for the first of a route`() throws {
        try Self.expectGood(23_844_588_519_643)
    }

    /// The stop of a standby was written down late, after a rollback had sent users to it again.
    ///
    /// Its route lost every replica. As a value: `a stop of the standby that is noted late takes nothing from users who
    /// were sent there since` in `KeeperTests`.
    @Test(.timeLimit(.minutes(5)))
    func `163972084945550: a stop that is noted late takes nothing from users`() throws {
        try Self.expectGood(163_972_084_945_550)
    }

    /// A start by the keeper was slow, and the release was stopped for its successor meanwhile.
    ///
    /// It came up beside the successor: the simulated runtime did not let the stop wait, as the real ones do.
    @Test(.timeLimit(.minutes(5)))
    func `55024157948412: a stop waits for a start that is under way`() throws {
        try Self.expectGood(55_024_157_948_412)
    }

    /// A rollout had given the work back on a full disk, and the host crashed before that could be written down.
    ///
    /// The keeper started the new release at work, as the record said, beside the old one. As values: `while a rollout
    /// holds the service, the rollout says which slot works, and not the record` in `KeeperTests` and `which release works
    /// for sure is not known while the work is handed over, nor on the way back` in `BackgroundWorkTests`.
    @Test(.timeLimit(.minutes(5)))
    func `55024157947307: while a rollout goes back nothing is started at work`() throws {
        try Self.expectGood(55_024_157_947_307)
    }

    /// A rollout went back on a full disk, and the daemon ended when only the routes had been written down.
    ///
    /// It was taken up again where it had last been written, went forward, and settled with a release that was gone. As a
    /// value: `TakenBackTests`.
    @Test(.timeLimit(.minutes(5)))
    func `55024157943583: a rollout that had gone back unwritten goes back again`() throws {
        try Self.expectGood(55_024_157_943_583)
    }

    /// One service was vacated to be replaced in place, and a replica of another one left its route for a moment meanwhile.
    ///
    /// What was in flight on that replica was cut with what was in flight on the vacated service, before its own limit. As
    /// a value: `stand still in place only until what was in flight there has ended` in `SeveralServicesTests`.
    @Test(.timeLimit(.minutes(5)))
    func `25345890993431: a drain is only about those who lost their users`() throws {
        try Self.expectGood(25_345_890_993_431)
    }

    /// A rollout of three services halted, and one of them was deployed again.
    ///
    /// Of another one the active release was started at work while what had worked until then was being stopped. As a
    /// value: `work that a halted rollout left in the other slot ends before the active release is given it` in
    /// `KeeperTests`.
    @Test(.timeLimit(.minutes(5)))
    func `223413273922691: work that a halted rollout left ends before the active release begins`() throws {
        try Self.expectGood(223_413_273_922_691)
    }

    /// A start by the keeper took seconds, and the work was handed over meanwhile: it came up at work, and stayed so.
    @Test(.timeLimit(.minutes(5)))
    func `223413273932927: what comes up after its work was handed over is told so`() throws {
        try Self.expectGood(223_413_273_932_927)
    }

    /// A rollback halted, a deploy overtook it, and the daemon started again while that was under way.
    ///
    /// The halted one was held once more, and a person let it go on: it stopped the release that users were on. As values:
    /// `is over once a later rollout has begun` in `DeskTests`.
    @Test(.timeLimit(.minutes(5)))
    func `223413273934452: a rollout that was overtaken cannot go on`() throws {
        try Self.expectGood(223_413_273_934_452)
    }

    /// The daemon crashed while it told the proxy of the new release, which ended meanwhile.
    ///
    /// The route was left empty while the old release still had users. As a value: `after a start users stay with the old
    /// release when the new one is gone first` in `WayBackTests`.
    @Test(.timeLimit(.minutes(5)))
    func `223413273930477: users stay where they were when the new release is gone first`() throws {
        try Self.expectGood(223_413_273_930_477)
    }

    /// The proxy was away while a rollout routed, and the new release ended.
    ///
    /// The keeper emptied the route before the rollout could take it back.
    @Test(.timeLimit(.minutes(5)))
    func `223413273937952: a route that nobody follows yet is not emptied`() throws {
        try Self.expectGood(223_413_273_937_952)
    }

    // MARK: Seeds of several hosts that found something

    /// A rollout had gone back unwritten on the coordinator, whose daemon ended again while it asked for its leases.
    ///
    /// It was told to go back once more, which it did already, and stood still for ever. As a value: `ends though the
    /// daemon is gone again before it has its leases` in `HostsTakenBackTests`.
    @Test(.timeLimit(.minutes(5)), arguments: [UInt64](arrayLiteral: 440, 1004, 1330))
    func `a rollout that goes back again while it asks for its leases ends`(seed: UInt64) throws {
        try Self.expectHostsGood(seed)
    }

    /// Two hosts had gone on alone, and both refused their leases when the coordinator was there again.
    ///
    /// The second refusal went unheard on the way back that the first one had begun, and the host was asked for more. As a
    /// value: `asks nothing more of hosts that refuse their leases while it goes back already` in `HostsRolloutTests`.
    @Test(.timeLimit(.minutes(5)))
    func `301192: every host that refuses its lease is left alone`() throws {
        try Self.expectHostsGood(301_192)
    }

    /// A start by the keeper took long, and came up in the standby's place after its rollout had gone back.
    ///
    /// The keeper stopped only what the standby's record names, and it stayed.
    @Test(.timeLimit(.minutes(5)))
    func `100108: what comes up late in the standby's place is stopped`() throws {
        try Self.expectHostsGood(100_108)
    }

    /// Another host was asked for a release of the same service, which was kept out since the first had ended meanwhile.
    ///
    /// The checker took what that one was planned by for what the hosts are on. What is checked is the one before it.
    @Test(.timeLimit(.minutes(5)))
    func `268: a rollout that was kept out of a host says nothing about it`() throws {
        try Self.expectHostsGood(268)
    }

    /// A rollout halted and left a service without a route on each host; the next one went back before it came to that.
    ///
    /// The keeper puts right what the first one left, and it had no time to yet when the checker looked.
    @Test(.timeLimit(.minutes(5)))
    func `357: what a halted rollout left is not the next one's`() throws {
        try Self.expectHostsGood(357)
    }

    /// A host went on alone, could not start its old release again, and halted.
    ///
    /// Its coordinator had said that it goes on by itself, and cannot hear more of it.
    @Test(.timeLimit(.minutes(5)))
    func `465: a host that halted alone says so itself`() throws {
        try Self.expectHostsGood(465)
    }

    /// A rollout named a host that might differ, and a rollback took the rest to where that host was.
    ///
    /// The checker overlooked the rollback, since it was on one host alone.
    @Test(.timeLimit(.minutes(5)))
    func `645: a rollout on one host brings it to the others`() throws {
        try Self.expectHostsGood(645)
    }

    /// The coordinator could not write down that the old release loses its restart policy on any host.
    ///
    /// It said so and went on, as on one host; the other host's keeper mended it, which the checker did not wait for.
    @Test(.timeLimit(.minutes(5)))
    func `779: a restart policy that was not written down is mended later`() throws {
        try Self.expectHostsGood(779)
    }

    /// A cut was tried again on a host whose proxy was away, when the drain was over without it.
    ///
    /// The host writes each try down, and the checker took it for a new step of a phase that is over.
    @Test(.timeLimit(.minutes(5)))
    func `1275: a cut that is tried again is no new step`() throws {
        try Self.expectHostsGood(1275)
    }

    /// The proxy could not store tables, and started again from an old one while a rollout went back.
    ///
    /// It was told of the present one only once that could be stored: what users were sent to was cut, and about to be
    /// removed.
    @Test(.timeLimit(.minutes(5)))
    func `9000879: a proxy that cannot store tables still follows the present one`() throws {
        try Self.expectGood(9_000_879)
    }

    /// The proxy gave no answer while users were to go back, and the old release started anew meanwhile.
    ///
    /// The step that was tried again named the runs before. As a value: `keeps runs that were proven after it was begun`.
    @Test(.timeLimit(.minutes(5)))
    func `9004474: a step that is done again does not bring back runs that have ended`() throws {
        try Self.expectGood(9_004_474)
    }

    /// A rollout in place went back on a full disk, and the daemon ended before the route was written.
    @Test(.timeLimit(.minutes(5)))
    func `41000591: a route that was left empty is led back with the record`() throws {
        try Self.expectHostsGood(41_000_591)
    }

    /// A host's daemon was thought dead in the middle of a step, and woke up when another one had taken over.
    ///
    /// What it answered was that its record is refused, which was passed over, and the record was never written.
    @Test(.timeLimit(.minutes(5)))
    func `12001457: what came to nothing in a daemon that was taken over from is asked for again`() throws {
        try Self.expectHostsGood(12_001_457)
    }

    /// A rollout halted with the old release dying again and again.
    ///
    /// The keeper started the new one between two of its starts. As values: `what no record names is stopped when the active
    /// release waits for it`.
    @Test(.timeLimit(.minutes(5)))
    func `700132: what starts again and again counts as running`() throws {
        try Self.expectHostsGood(700_132)
    }

    /// A halted rollout had left a release that works alone in the place of the next one, which went back before it had
    /// cleared that, and started the active release beside it.
    @Test(.timeLimit(.minutes(5)))
    func `100491: a way back also stops what stood in the new release's place`() throws {
        try Self.expectHostsGood(100_491)
    }

    /// Users were sent back on a full disk, and the daemon ended before that was written.
    ///
    /// The way back was recorded, and the routes were not. As a value: `leads the routes back when its end is recorded`.
    @Test(.timeLimit(.minutes(5)))
    func `800078: the record of a way back leads the routes back as well`() throws {
        try Self.expectHostsGood(800_078)
    }

    /// A step was begun while its lease held, and writing that down took longer than the lease did.
    @Test(.timeLimit(.minutes(5)))
    func `801256: a step is not asked for under a lease that ran out while it was written`() throws {
        try Self.expectHostsGood(801_256)
    }

    /// The switch gave no answer when it was to forget what had been counted, and the settling took too long by that.
    ///
    /// The end was written down after that, and so never. As a value: `is written down whatever the switch says`
    /// in `PerformedEndTests`.
    @Test(.timeLimit(.minutes(5)))
    func `60000536: an end is written down before the switch forgets what it counted`() throws {
        try Self.expectGood(60_000_536)
    }

    /// A daemon from which another one had taken over asked a host that gave no answer, and waited for it.
    @Test(.timeLimit(.minutes(5)))
    func `3001715: a daemon that has lost its home waits for nobody`() throws {
        try Self.expectHostsGood(3_001_715)
    }

    /// A rollout in place halted on its way back, and the one after it failed to be fetched; nothing held the service any
    /// more, and its route stayed vacant beside replicas that were well.
    ///
    /// As a value: `users are sent to the active release as soon as it is well again` in `KeeperTests`.
    @Test(.timeLimit(.minutes(5)))
    func `501265: what a halted rollout left vacant is routed again once nothing holds it`() throws {
        try Self.expectGood(501_265)
    }

    /// The same on three hosts.
    @Test(.timeLimit(.minutes(5)))
    func `500335: all hosts of a halted rollout have users again`() throws {
        try Self.expectHostsGood(500_335)
    }

    /// A replica of the standby had been proven with one pass as the only one, and a rollback went back to it.
    @Test(.timeLimit(.minutes(5)))
    func `118835555317818: a standby that is gone back to is asked once`() throws {
        try Self.expectGood(118_835_555_317_818)
    }

    /// The disk was full when the end of a way back was to be written, also for its marker.
    @Test(.timeLimit(.minutes(5)))
    func `601604: a way back waits until its end can be written down`() throws {
        try Self.expectGood(601_604)
    }

    /// A replica of the old release had ended when that was to end its work, and its runtime started it again, working.
    ///
    /// As a value: `what its runtime is about to start again is told again, and is not started in the end` in `IdleTests`.
    @Test(.timeLimit(.minutes(5)))
    func `109502602958239: what is about to start again does not count as idle`() throws {
        try Self.expectGood(109_502_602_958_239)
    }

    /// A rollout halted on its way back with users on the new release, while the old one still worked; under the next
    /// rollout the new one ended, and was started ready to work.
    ///
    /// As a value: `what users are on starts without work while what is recorded as active works`.
    @Test(.timeLimit(.minutes(5)))
    func `300012140: what users are on after a halt does not work beside what is active`() throws {
        try Self.expectGood(300_012_140)
    }

    /// The proxy gave no answer, and a replica of a route that was not being moved stayed in it after its end.
    @Test(.timeLimit(.minutes(5)))
    func `300012901: only a route that is being moved keeps what has ended`() throws {
        try Self.expectGood(300_012_901)
    }

    /// A daemon had started again before a rollback moved its route; its release ended while the switch gave no answer, and it
    /// went on to it.
    ///
    /// As a value: `switch: the same after a start of the daemon, unless users may have been led there before it`.
    @Test(.timeLimit(.minutes(5)))
    func `610003452: a rollback that went on after a start does not lead users to what has ended`() throws {
        try Self.expectGood(610_003_452)
    }

    /// The keeper was starting a replica that somebody had removed, when a release that works alone replaced it in place.
    ///
    /// As a value: `is told so where replicas are missing as well, but not in the place of another one`.
    @Test(.timeLimit(.minutes(5)))
    func `35233403208307: a start that is under way does not come up beside what works alone`() throws {
        try Self.expectGood(35_233_403_208_307)
    }

    /// On one of the hosts users were sent back on a full disk, and its daemon ended before that was written.
    ///
    /// The coordinator had seen it done, and had the new release stopped. As a value: `leaves users where they
    /// were sent back to` in `PerformedEndTests`.
    @Test(.timeLimit(.minutes(5)))
    func `61000862: users of a host stay where they were sent back to`() throws {
        try Self.expectHostsGood(61_000_862)
    }

    /// The runtime's check took one of two replicas off the route, and the other one ended.
    ///
    /// The first one was asked when its turn came, and users had nobody until then. As a value: `what left the route is asked
    /// at once when the others are gone` in `KeeperTests`.
    @Test(.timeLimit(.minutes(5)))
    func `267607001363921: what left the route is asked at once when the others are gone`() throws {
        try Self.expectGood(267_607_001_363_921)
    }

    /// The switch was slow to follow the way back, the old release ended, and another daemon took over.
    ///
    /// The route was left empty while the new release still had users. As a value: `after a start users stay with the new
    /// release when the old one is gone first` in `WayBackTests`.
    @Test(.timeLimit(.minutes(5)))
    func `24730049130671: users stay where they are when the old release is gone first`() throws {
        try Self.expectGood(24_730_049_130_671)
    }

    /// The switch gave no answer for longer than the settling may take, and the record of the end waited for it.
    ///
    /// The rollout ended as settled, which was not written down. As a value: `is waited for however long it takes` in
    /// `PerformedEndTests`.
    @Test(.timeLimit(.minutes(5)))
    func `90000987: only what is written down has ended`() throws {
        try Self.expectGood(90_000_987)
    }

    /// On the way back from a hand-over a replica of the old release was about to be started by the runtime.
    ///
    /// It came up working while the new release still worked. As a value: `the old release starts again by itself only once
    /// it works` in `BackgroundWorkTests`.
    @Test(.timeLimit(.minutes(5)))
    func `172311536224098: the old release starts again by itself only once it works`() throws {
        try Self.expectGood(172_311_536_224_098)
    }

    /// The proxy had started again from an older table, on a full disk, when the drain of the way back ended.
    ///
    /// What it led users to was cut. As a value: `cuts nothing while the switch follows another table` in
    /// `PerformedEndTests`.
    @Test(.timeLimit(.minutes(5)))
    func `65004329: nothing is cut while the switch follows another table`() throws {
        try Self.expectGood(65_004_329)
    }

    /// The new release ended while the switch gave no answer, the rollout had just begun to go back, and the daemon ended.
    ///
    /// The route was left empty while the old release still had users. As a value: `after a start users are led back to the
    /// old release when the new one is gone` in `WayBackTests`.
    @Test(.timeLimit(.minutes(5)))
    func `67005213: users stay where they were also when the way back has begun`() throws {
        try Self.expectGood(67_005_213)
    }

    /// One of two replicas had ended and nobody had seen it yet, when the runtime's check took the other one off the route.
    ///
    /// Users were left with the one that had ended: another one has to be seen to run as late as can be.
    @Test(.timeLimit(.minutes(5)))
    func `812007342: one that answers badly stays where the other is not seen to run`() throws {
        try Self.expectGood(812_007_342)
    }

    /// On the way back in place an answer came late that was about a run which had ended and was started again.
    ///
    /// The rollout halted long before its deadline, with nothing routed. As a value: `way back, in place: an old replica that
    /// ends while it proves itself is started again` in `PhaseFailureTests`.
    @Test(.timeLimit(.minutes(5)))
    func `851005562: an answer about an earlier run ends no way back`() throws {
        try Self.expectGood(851_005_562)
    }

    /// A part's daemon was away when its new release ended, and led its users back by itself.
    ///
    /// Its coordinator went on, and the rollout was told as settled there as well. As values: `after a start users of a part
    /// are moved only once it is alone` in `WayBackTests`, `tells its coordinator of an end that nobody saw, after it was
    /// started again` in `HostPartsTests`.
    @Test(.timeLimit(.minutes(5)))
    func `842000309: where users of a part go its coordinator decides`() throws {
        try Self.expectHostsGood(842_000_309)
    }

    /// The question for a lease came once more after its rollout had ended on all hosts.
    ///
    /// It was granted, and held the services for nobody until it ran out. As a value: `grants nothing to a question that comes
    /// once more after its part has ended` in `HostPartsTests`.
    @Test(.timeLimit(.minutes(5)))
    func `852002147: what is asked twice is not granted after its end`() throws {
        try Self.expectHostsGood(852_002_147)
    }

    /// Users had been led back to a release in place on a full disk, and the daemon started again from an older record.
    ///
    /// That release was stopped with what had come to it meanwhile in flight. As values: `after a start what is in flight on
    /// the old release ends before that is stopped in place` and the one after it in `WayBackTests`.
    @Test(.timeLimit(.minutes(5)))
    func `861002558: what is stopped in place is drained also after a start`() throws {
        try Self.expectGood(861_002_558)
    }

    /// A rollback was taken up again in the middle of its route, and a checker took that for going on past its switch.
    @Test(.timeLimit(.minutes(5)))
    func `871000986: a rollback that is taken up again has not gone on`() throws {
        try Self.expectGood(871_000_986)
    }

    /// The last replica of a new route ended while the proxy gave no answer, and its runtime started it again.
    ///
    /// It stayed in the route as the last one, and the run that took its place was never proven.
    @Test(.timeLimit(.minutes(5)))
    func `891000139: a run is proven though the one before it stays as the last`() throws {
        try Self.expectGood(891_000_139)
    }

    /// The keeper's start of a replica hung, and a rest ended without it since its release fails some of its probes.
    ///
    /// The next rollout was blamed for it: a rest ends only when what is active runs, whatever it answers.
    @Test(.timeLimit(.minutes(5)))
    func `910001419: a rest waits until what is active runs`() throws {
        try Self.expectGood(910_001_419)
    }

    /// The old release was about to start again when it was to end its work, and its policy could not be taken.
    ///
    /// It was told to stop in the end, and came up under that stop by the policy that it still had.
    @Test(.timeLimit(.minutes(5)))
    func `1300033866: what is about to start again loses its policy before it is told to stop`() throws {
        try Self.expectGood(1_300_033_866)
    }

    /// A rollout in place halted with nothing serving, and the one after it went back before it had changed anything.
    ///
    /// It led users to the old release, of which nothing ran, and nobody counted for how long they had no answer.
    @Test(.timeLimit(.minutes(5)))
    func `1600021677: users who are led back to what has ended have no answer, which is counted`() throws {
        try Self.expectGood(1_600_021_677)
    }

    /// All that was written down took seconds, and the replicas of a route ended one after the other meanwhile.
    ///
    /// The next was proven before it could be written down that the last one had ended: the checker asked for what nobody saw.
    @Test(.timeLimit(.minutes(5)))
    func `1600013207: what is seen while everything waits for a slow disk is written down after it`() throws {
        try Self.expectGood(1_600_013_207)
    }

    /// Somebody cut a replica of the old release off its network, and a rollback started it again.
    ///
    /// It stayed cut off: the simulated runtime did not let a start mend what runs, as the real one does.
    @Test(.timeLimit(.minutes(5)))
    func `1000022528: a start mends what runs and was changed`() throws {
        try Self.expectGood(1_000_022_528)
    }

    /// What hands its work over was idle after a rest, since the keeper's look hung, and the next rollout was blamed for it.
    ///
    /// A rest ends only when what is active works.
    @Test(.timeLimit(.minutes(5)))
    func `872001585: a rest waits until what is active works`() throws {
        try Self.expectGood(872_001_585)
    }

    /// A table was handed over after a call to the switch that hung for minutes.
    ///
    /// What its runs had passed by then was held against it, not what they had when it was decided.
    @Test(.timeLimit(.minutes(5)))
    func `700004662: a table is held against what was proven when it was handed over`() throws {
        try Self.expectGood(700_004_662)
    }

    private static func expectGood(_ seed: UInt64) throws {
        let (status, text) = try simulate(["--seed", "\(seed)"])
        #expect(status == 0, "replay it with TEAL_SEED=\(seed): \(text)")
    }

    private static func expectHostsGood(_ seed: UInt64) throws {
        let (status, text) = try simulate(["--hosts", "--seed", "\(seed)"])
        #expect(status == 0, "replay it with --hosts --seed \(seed): \(text)")
    }

    // MARK: All of them

    @Test(.timeLimit(.minutes(5))) func `are the same each time they are played`() throws {
        try Self.expectSame(["--seed", "7", "--trace"])
        try Self.expectSame(["--hosts", "--seed", "7", "--trace"])
    }

    private static func expectSame(_ arguments: [String]) throws {
        let first = try simulate(arguments)
        let second = try simulate(arguments)
        #expect(first.status == 0)
        #expect(first.text.split(separator: "\n").count > 50)
        #expect(first.text == second.text)
    }

    @Test(.timeLimit(.minutes(5))) func `are many, and their figures are written down`() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "simulate-\(UUID()).json").path
        defer { try? FileManager.default.removeItem(atPath: path) }  // it may not have been made
        let (status, text) = try Self.simulate(["--first", "40", "--count", "6", "--workers", "2", "--output", path])
        #expect(status == 0, "\(text)")
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path))) as? [String: Any]
        )
        #expect(json["seeds"] as? Int == 6)
        #expect(json["firstSeed"] as? Int == 40)
        #expect(json["violations"] as? Int == 0)
        #expect(try #require(json["rollouts"] as? Int) >= 6)
    }

    @Test func `that are asked for in words that are not known are not begun`() throws {
        let (status, text) = try Self.simulate(["--sed", "1"])
        #expect(status == 64)
        #expect(text.contains("'--sed' is not known"))
    }

    private static func simulate(_ arguments: [String]) throws -> (status: Int32, text: String) {
        let process = Process()
        process.executableURL = Bundle.main.executableURL?.deletingLastPathComponent().appending(path: "teal-simulate")
        process.arguments = arguments
        var environment = ProcessInfo.processInfo.environment
        environment["TEAL_SEED"] = nil
        process.environment = environment
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}
