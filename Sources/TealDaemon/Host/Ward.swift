import TealCore
import TealDriverKit

/// The services of a host whose replicas are looked at together, by what runs them.
///
/// Each ward is looked after by itself: a container engine that hangs keeps nobody waiting who runs as a process.
struct Ward: Sendable {
    /// Tells what the services of the ward have.
    let runtime: any ContainerRuntime
    /// Whether a service is of this ward now; one may come to another ward with a release of another kind.
    let has: @Sendable (ServiceKey) -> Bool
    /// Whether there may be anything in it, also of services that nobody knows.
    let isUsed: @Sendable () -> Bool
}

extension HostRuntime {
    /// Services that have no container, then those that have.
    var wards: [Ward] {
        [
            Ward(runtime: processes, has: { [containersKnowAny] in !containersKnowAny($0) }, isUsed: { true }),
            Ward(runtime: self, has: containersKnowAny, isUsed: containersUsed),
        ]
    }
}
