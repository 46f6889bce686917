import Foundation
import TealCore

/// What a lab's services run as.
package enum LabRuntime: Sendable {
    case processes
    /// Containers of the engine behind this socket.
    case containers(EngineSocket)

    /// The variable that makes containers of it, for every test that does not say what it wants: `TEAL_LAB_RUNTIME=docker`.
    package static let variable = "TEAL_LAB_RUNTIME"

    /// Processes, or what the variable says; its engine is that of `DOCKER_HOST`.
    package static var chosen: LabRuntime {
        let environment = ProcessInfo.processInfo.environment
        guard environment[variable] == "docker" else { return .processes }
        let host = environment["DOCKER_HOST"] ?? "unix:///var/run/docker.sock"
        return .containers(EngineSocket(path: host.hasPrefix("unix://") ? String(host.dropFirst(7)) : host))
    }

    package var socket: EngineSocket? {
        if case .containers(let socket) = self { socket } else { nil }
    }

    /// A service as it runs here: the same program, from the sample's image instead of its artifact.
    func adapted(_ spec: ServiceSpec) -> ServiceSpec {
        guard socket != nil, case .artifact = spec.source else { return spec }
        var spec = spec
        spec.source = .image(SampleImage.name)
        spec.command = Self.inImage(spec.command)
        if let migrate = spec.migrate { spec.migrate?.command = Self.inImage(migrate.command) }
        return spec
    }

    /// The image begins with the program: what is left of a command are its arguments.
    private static func inImage(_ command: [String]) -> [String] {
        Array(command.first == "./teal-sample" ? command.dropFirst() : command[...])
    }
}
