package import TealCore
package import TealDriverKit
package import TealEngine

/// What an adoption changes in what a host remembers.
extension HostState {
    /// How long a standby that runs when it is adopted goes on: until a release takes its place.
    private static let standbyRuns: Duration = .seconds(365 * 86_400)

    /// Takes in a service that runs already: its releases, its slots, and where its routes lead.
    ///
    /// Taking in the same one again changes nothing; one that has an active release meanwhile is left as it is.
    ///
    /// - Parameters:
    ///   - adopted: What was found.
    ///   - proven: The runs that passed their gate, or that a person vouches for, of both slots.
    ///   - isTrusted: Whether a person vouches for what did not pass.
    ///   - now: The present moment.
    ///   - wallTime: Seconds since 1970.
    package mutating func adopt(
        _ adopted: AdoptedService,
        proven: [TrafficTarget],
        isTrusted: Bool,
        now: Timestamp,
        wallTime: Double
    ) {
        let key = adopted.service
        let release = adopted.active.release
        guard services[key]?.active == nil else { return }
        var record = services[key] ?? ServiceRecord(service: key, environment: release.environment)
        record.environment = release.environment
        for slot in adopted.slots {
            let isActive = slot.slot == adopted.active.slot
            var entry = ReleaseRecord(release: slot.release)
            entry.wasActive = true
            entry.endedWell = slot.endedWell
            entry.activeAt = isActive ? wallTime : nil
            entry.adopted = AdoptedMark(
                containers: slot.containers.map(\.container.name),
                isTrusted: isActive && isTrusted
            )
            releases[entry.id] = entry
            record[slot.slot] = .init(release: slot.release.id)
            record.lastRelease = max(record.lastRelease, slot.release.id.number)
        }
        for target in proven where target.replica.service == key { record.prove(target) }
        record.activeSlot = adopted.active.slot
        record.routed = release.spec.takesTraffic ? .slot(adopted.active.slot) : .absent
        record.standbyUntil = adopted.standby?.isRunning == true ? now + Self.standbyRuns : nil
        services[key] = record
    }
}
