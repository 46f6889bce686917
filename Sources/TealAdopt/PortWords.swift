import TealCore
import TealDriverKit
import TealEngine

/// What becomes of the ports of the host that an adopted service's containers publish, in words.
struct PortWords: Sendable {
    private let spec: ServiceSpec
    private let active: AdoptedSlot
    private let sight: AdoptionSight
    /// Each container's own, with its name.
    private let left: [(name: String, places: [HostPort])]

    init(_ spec: ServiceSpec, _ active: AdoptedSlot, _ sight: AdoptionSight) {
        self.spec = spec
        self.active = active
        self.sight = sight
        left = active.containers.filter { !$0.leaves.isEmpty }.map { ($0.container.name, $0.leaves) }
    }

    /// The ports where the proxy is to listen that take a place over, in order.
    private func takers(_ place: HostPort) -> [HostPort] { (spec.hostPorts ?? []).filter { $0.meets(place) } }

    /// Whether the proxy takes over what comes in at a port, from wherever it comes.
    func leads(_ port: WrittenPort) -> Bool {
        guard let place = port.place, left.contains(where: { $0.places.contains(place) }) else { return false }
        // Who comes to the other addresses is told of by ``gaps``.
        return !takers(place).isEmpty
    }

    /// How a port that nobody takes over is written down, as the beginning of a sentence's next step.
    func advice(_ port: WrittenPort) -> String {
        guard sight.trafficSwitch == .proxy, let place = port.place else { return "" }
        return
            "write `hostPorts: [\"\(place)\"]` for \(spec.name) in teal.yml before you adopt it, and the proxy takes "
            + "it over; or "
    }

    /// Who is without an answer, and for how long, although the proxy takes the port over.
    var gaps: [String] {
        left.flatMap { name, places in
            places.flatMap { place in
                let takers = takers(place)
                var gaps: [String] = []
                if place.isEverywhere, !takers.contains(where: \.isEverywhere) {
                    let kept = takers.map(\.address).joined(separator: ", ")
                    gaps.append(
                        "requests to \(place) at other addresses than \(kept) go on to \(name), past the proxy: from the end "
                            + "of the first release on nobody answers them; write `hostPorts: [\"\(place)\"]` for \(spec.name) in "
                            + "teal.yml, or `publish: everywhere` beside a Compose file, before you adopt it"
                    )
                }
                if let refusal = sight.redirectRefusal {
                    gaps.append(
                        "nobody answers at port \(place) of the host from the stop of \(name), at the end of the first release, "
                            + "until the proxy listens there: connections cannot be led away meanwhile: \(refusal). How long that "
                            + "was is measured, and told by `teal status`"
                    )
                }
                return gaps
            }
        }
    }

    /// What the first release does about them.
    var later: [String] {
        left.flatMap { name, places in
            places.map { place in
                let start = "port \(place) of the host stays with \(name) until it is stopped"
                guard sight.redirectRefusal == nil, Member.mode(of: spec, replacing: active.release.spec) == .blueGreen
                else { return "\(start); then the proxy listens there" }
                return
                    "\(start): once the first release is switched a rule leads new connections to the proxy, without a gap; "
                    + "then the proxy listens there, and the rule is gone"
            }
        }
    }

    /// How containers that are stopped come back; the end of a sentence.
    var end: String {
        guard !left.isEmpty else { return "kept for a rollback" }
        let places = Set(left.flatMap(\.places)).sorted().map(\.description).joined(separator: ", ")
        return
            "a rollback makes it anew from the record as \(active.namesAnew), without \(places), which the proxy has by then"
    }
}
