import Foundation
import Glibc
package import TealCore
import TealDocker
import TealDriverKit
import TealProcess

/// The Engine of whoever works on services on this machine, and who else is on it.
package enum LocalEngine {
    /// The socket that a daemon would use.
    package static func socket(_ named: String?) -> String {
        DockerSocket.choose(
            named: named,
            dockerHost: ProcessInfo.processInfo.environment["DOCKER_HOST"],
            user: geteuid(),
            isThere: { FileManager.default.fileExists(atPath: $0) }
        )
    }

    /// Who has a port of this machine, as people read it; nil when it can be listened at.
    package static func holder(of place: HostPort, dockerSocket: String?) async -> String? {
        switch PortLook.at(place) {
        case .free: return nil
        case .denied: return "nobody this user may be, who needs one from 1024 on"
        case .taken: break
        }
        let runtime = DockerRuntime(
            DockerConfiguration(socket: socket(dockerSocket), subnetPool: "", home: "/nonexistent")
        ) { _ throws(SecretError) in nil }
        // Without an engine no container has it.
        let containers = (try? await runtime.holding(place)) ?? []
        await runtime.shutdown()
        if let container = containers.first { return "the container \(container.name)" }
        return PortHolder.name(of: place.port) ?? "another program"
    }
}
