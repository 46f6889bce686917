import TealCore
import TealEngine

/// What the active releases of a project need of each other.
struct NeedOrder: Sendable {
    /// The active releases, by service.
    private let releases: [ServiceName: Release]
    private let stopped: Set<ServiceName>

    init(_ project: ProjectName, _ state: HostState) {
        let records = state.services.values.filter { $0.service.project == project }
        releases = Dictionary(
            records.compactMap { record in
                state.release(record.active?.release).map { (record.service.service, $0) }
            }
        ) { $1 }
        stopped = Set(records.filter(\.isStopped).map(\.service.service))
    }

    /// The active accessories, each after those that it needs; otherwise by name.
    var accessories: [Release] {
        var left = releases.values.filter { $0.spec.kind == .accessory }.sorted { $0.id < $1.id }
        var sorted: [Release] = []
        while !left.isEmpty {
            let names = Set(left.map(\.spec.name))
            // A circle cannot get past the configuration's checks; if it did, the names decide.
            let next =
                left.firstIndex { names.isDisjoint(with: Set($0.spec.needs).subtracting([$0.spec.name])) } ?? 0
            sorted.append(left.remove(at: next))
        }
        return sorted
    }

    /// The services that are to run and need one, also through others, by name.
    func dependents(of name: ServiceName) -> [ServiceName] {
        var found: Set<ServiceName> = []
        var asked: [ServiceName] = [name]
        while let next = asked.popLast() {
            for (other, release) in releases
            where release.spec.needs.contains(next) && other != name && found.insert(other).inserted {
                asked.append(other)
            }
        }
        return found.subtracting(stopped).filter { releases[$0]?.spec.kind != .job }.sorted()
    }
}
