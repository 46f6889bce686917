import Glibc
import TealCore
package import TealDriverKit

/// What nginx's log and the kernel's sockets tell of traffic.
extension NginxSwitch {
    /// How often a cut looks for connections that nginx has made in place of those that were ended.
    private static let cutPasses = 20

    package func counters() throws(SwitchError) -> TrafficCounters {
        // First, so that what was answered before this call is in the log by now.
        let position = try position()
        let nginx = try running()
        let record = try record(of: nginx)
        readLog(record)
        let flight = try flight(of: Array(record.places.keys), record, nginx)
        var targets: [TargetID: TargetCounters] = [:]
        for id in record.places.keys {
            var counters = counted.counters(of: id)
            for connection in flight[id] ?? [] {
                if connection.isUpgraded { counters.upgradedOpen += 1 } else { counters.requestsInFlight += 1 }
            }
            targets[id] = counters
        }
        return TrafficCounters(incarnation: incarnation, position: position, targets: targets)
    }

    package func cut(
        _ targets: [TargetID],
        requests: Bool,
        upgraded: Bool
    ) throws(SwitchError) -> CutReport {
        let nginx = try running()
        let record = try record(of: nginx)
        let routed = record.routed
        let departed = targets.filter { !routed.contains($0) }
        var report = CutReport(requests: 0, upgraded: 0)
        for pass in 0..<Self.cutPasses {
            let flight = try flight(of: departed, record, nginx)
            let chosen = flight.flatMap { id, connections in
                connections.filter { connection in
                    // What is in flight through a site of its own may be either.
                    if hasSite(id, record) { return requests && upgraded }
                    return connection.isUpgraded ? upgraded : requests
                }
            }
            if chosen.isEmpty { break }
            for connection in chosen {
                let code = connection.end()
                guard code == 0 else {
                    throw .refused(
                        "what is in flight cannot be cut in process \(connection.pid): \(String(cString: strerror(code)))"
                    )
                }
            }
            // Later ones are tries of the same requests at another target.
            if pass == 0 {
                report = CutReport(
                    requests: chosen.count { !$0.isUpgraded },
                    upgraded: chosen.count { $0.isUpgraded }
                )
            }
            usleep(20_000)
        }
        return report
    }

    package func forget(_ targets: [TargetID]) throws(SwitchError) {
        let nginx = try running()
        var record = try record(of: nginx)
        let routed = record.routed
        let flight = try flight(of: targets, record, nginx)
        let gone = targets.filter { !routed.contains($0) && flight[$0] == nil && record.places[$0] != nil }
        guard !gone.isEmpty else { return }
        readLog(record)
        for id in gone {
            record.places[id] = nil
            counted.forget(id)
        }
        try save(record, true)
    }

    /// Lines of the log that were not whole or not Teal's.
    package var unreadableLines: UInt64 { counted.unreadable }

    private func readLog(_ record: SwitchRecord) {
        reader.look(lineBytesMax: AccessLine.bytesMax) { line in
            counted.add(line) { address, position in
                record.target(at: address, in: position).flatMap { record.places[$0] == nil ? nil : $0 }
            }
        }
        reader.emptyIfLarge(bytesMax: settings.logBytesMax)
    }

    /// The connections of targets: those of a target that has departed in old workers only, where none is idle.
    private func flight(
        of targets: [TargetID],
        _ record: SwitchRecord,
        _ nginx: NginxProcess
    ) throws(SwitchError) -> [TargetID: [TargetConnections.Connection]] {
        let places = record.places.filter { targets.contains($0.key) }
        let routed = record.routed
        let found: TargetConnections
        do throws(TargetConnections.Fault) {
            found = try TargetConnections(of: nginx, to: Set(places.values))
        } catch {
            switch error {
            case .denied(let reason): throw .refused("what is in flight cannot be seen: \(reason)")
            }
        }
        let takenOver = Set(routed.compactMap { record.places[$0] })
        var flight: [TargetID: [TargetConnections.Connection]] = [:]
        for (id, place) in places {
            let isRouted = routed.contains(id)
            // An address that a routed target has now is no longer this one's.
            if !isRouted && takenOver.contains(place) { continue }
            let connections = found.connections.filter { $0.remote == place && (isRouted || $0.isOld) }
            if !connections.isEmpty { flight[id] = connections }
        }
        return flight
    }

    private func hasSite(_ id: TargetID, _ record: SwitchRecord) -> Bool {
        settings.sites.keys.contains { id.description.hasPrefix("\($0)@") }
    }
}
