/// What the demo's service runs as.
package enum DemoRuntime: Hashable, Sendable {
    case processes
    /// Containers of an image, on the Docker Engine behind a socket.
    case containers(image: String, socket: String)

    /// As `results/demo.json` says it.
    var name: String {
        switch self {
        case .processes: "process"
        case .containers: "docker"
        }
    }

    /// As it is told to a person.
    var words: String {
        switch self {
        case .processes: "releases run as processes"
        case .containers: "releases run as containers"
        }
    }

    /// The Engine's socket; nil for processes.
    var socket: String? {
        if case .containers(_, let socket) = self { socket } else { nil }
    }
}
