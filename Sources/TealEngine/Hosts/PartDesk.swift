package import TealCore

/// Where a host keeps rollouts off each other's services, its own and its parts of others.
package protocol PartDesk: Sendable {
    /// Gives a part its number and reserves its services; nil when one of them is held.
    func admit(_ services: [ServiceKey]) async -> RolloutID?

    /// Gives the services back that were reserved for a part which could not be written down.
    func dismiss(_ services: [ServiceKey]) async

    /// Holds a part's services, reserved or not, and shows how it stands.
    func hold(_ part: RolloutSnapshot) async

    /// The part has ended.
    func letGo(of part: RolloutID) async

    /// Carries a part out by itself from now on, whose lease has run out.
    func goOnAlone(_ part: RolloutSnapshot) async
}
