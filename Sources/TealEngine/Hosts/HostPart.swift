/// What a host keeps of a rollout that another host coordinates, beside the rollout itself.
package struct HostPart: Hashable, Sendable, Codable {
    package var lease: HostLease
    /// The numbers of once-only steps that were begun here.
    package var begun: [Int] = []
    /// Once-only steps that have ended here: asked again, they are answered from this.
    package var ended: [EndedStep] = []
    /// Whether its lease ran out, so that this host carries it out by itself from then on.
    package var isAlone = false

    package init(lease: HostLease) { self.lease = lease }
}
