import TealCore
import TealDriverKit

/// What runs containers on this host, in the engine's words.
struct ContainerParts: Sendable {
    let runtime: any ContainerRuntime
    let images: any ImageSource
    /// Containers of the host that Teal did not make.
    let foreign: any ForeignContainers
    /// What takes over containers that somebody else made.
    let adopter: any ContainerAdopter
    /// Whether a place has a record as a container's.
    let knows: @Sendable (ReplicaID) -> Bool
    /// Whether any place of a service has one.
    let knowsAny: @Sendable (ServiceKey) -> Bool
    /// Whether any place of the host has one.
    let isUsed: @Sendable () -> Bool
    /// Whether a once-only run has one.
    let knowsOnce: @Sendable (String) -> Bool
    /// Closes what is open to the engine; containers go on.
    let shutdown: @Sendable () async -> Void

    /// The one runtime of the host: containers beside processes.
    func beside(_ processes: any ContainerRuntime) -> HostRuntime {
        HostRuntime(
            processes: processes,
            containers: runtime,
            containersKnow: knows,
            containersKnowAny: knowsAny,
            containersUsed: isUsed,
            containersKnowOnce: knowsOnce
        )
    }
}
