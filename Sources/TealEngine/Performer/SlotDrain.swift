package import TealCore
package import TealDriverKit

/// Lets what is still in flight in a slot that no route leads to come to its end, before what runs there is stopped.
///
/// A rollout drains what it takes users from. What one left over that halted before it came to that is drained here.
package struct SlotDrain: Sendable {
    private let trafficSwitch: any TrafficSwitch
    private let book: HostBook
    private let clock: any HostClock

    package init(trafficSwitch: any TrafficSwitch, book: HostBook, clock: any HostClock) {
        self.trafficSwitch = trafficSwitch
        self.book = book
        self.clock = clock
    }

    /// Returns once nothing is in flight any more, at the latest when what is left at the limits has been cut.
    ///
    /// It also returns when the calling task is cancelled: then nothing is known.
    ///
    /// - Parameters:
    ///   - release: What runs in the slot.
    ///   - slot: The slot; runs in it that a route names are neither waited for nor cut.
    ///   - policy: How long to wait.
    package func finish(_ release: ReleaseID, in slot: Slot, _ policy: DrainPolicy) async {
        var drain = Drain(side: .old, policy: policy, now: clock.now())
        while !Task.isCancelled {
            let busy: [TargetID: TargetCounters]?
            do throws(SwitchError) {
                busy = try await targets(of: release, in: slot)
            } catch .cancelled {
                return
            } catch {
                busy = nil
            }
            let now = clock.now()
            let verdict = busy.map { drain.sampled(Self.sample(of: $0), at: now) } ?? drain.missed(at: now)
            switch verdict {
            case .goOn: break
            case .empty: return
            case .overdue(let requests, let upgraded):
                if let busy { await cut(busy.keys.sorted(), requests: requests, upgraded: upgraded) }
                if requests, upgraded { return }
            }
            await clock.sleep(until: drain.wakeAt)
        }
    }

    /// What the switch counts for the slot's runs that no route names.
    private func targets(
        of release: ReleaseID,
        in slot: Slot
    ) async throws(SwitchError) -> [TargetID: TargetCounters] {
        let counters = try await trafficSwitch.counters()
        let named = await book.named
        return counters.targets.filter { target, _ in !named.contains(target) && target.belongs(to: release, in: slot) }
    }

    private func cut(_ targets: [TargetID], requests: Bool, upgraded: Bool) async {
        // What could not be cut ends with what it leads to.
        _ = try? await trafficSwitch.cut(targets, requests: requests, upgraded: upgraded)
    }

    private static func sample(of targets: [TargetID: TargetCounters]) -> TrafficSample {
        var sides = TrafficSample.Sides()
        for counters in targets.values { sides.old.add(counters) }
        return TrafficSample(incarnation: "", members: [sides])
    }
}
