import TealCore
import TealDriverKit

extension DockerError {
    /// What it means to the engine of rollouts, where nothing more is known of what was asked.
    var asRuntime: RuntimeError {
        switch self {
        case .cancelled: return .cancelled
        case .timedOut: return .timedOut("\(self)")
        case .socketMissing, .socketDead, .permissionRefused, .noSocket, .engineTooOld, .engineTooNew, .cutOff:
            return .unreachable(reason: "\(self)")
        case .unreadable, .tooLong: return .refused("\(self)")
        case .status(let code, let message, let call):
            if Self.saysDiskFull(message) { return .diskFull(path: "the Docker Engine's disk") }
            if code == 503 { return .unreachable(reason: message) }
            return .refused("\(call): \(message)")
        case .streamed(let message, let call):
            if Self.saysDiskFull(message) { return .diskFull(path: "the Docker Engine's disk") }
            return .refused("\(call): \(message)")
        }
    }

    /// What a pull's failure means.
    func asPull(of release: ReleaseID) -> RuntimeError {
        guard let message else { return asRuntime }
        let text = message.lowercased()
        if Self.saysDiskFull(text) { return .diskFull(path: "the Docker Engine's disk") }
        if Self.saysLoginRefused(text) { return .refused("the registry refuses: \(message)") }
        if Self.saysRegistryAway(text) { return .unreachable(reason: message) }
        let isMissing = ["manifest unknown", "not found", "does not exist"].contains { text.contains($0) }
        if isNotFound || isMissing {
            return .contentMissing(release)
        }
        return .refused(message)
    }

    /// What the failure of a start means.
    ///
    /// - Parameters:
    ///   - release: What was to be started.
    ///   - port: The port of the host that the container was to be published on, if any.
    ///   - holder: Finds who listens on a port of the host.
    /// - Returns: The runtime's words for it.
    func asStart(of release: ReleaseID, publishing port: Int?, holder: (Int) -> String?) -> RuntimeError {
        guard let message else { return asRuntime }
        let text = message.lowercased()
        if Self.saysDiskFull(text) { return .diskFull(path: "the Docker Engine's disk") }
        if text.contains("no such image") { return .contentMissing(release) }
        if let port, text.contains("port is already allocated") || text.contains("bind: address already in use") {
            return .portTaken(port: port, by: holder(port))
        }
        let launch = [
            "oci runtime", "exec:", "executable file not found", "no such file or directory", "permission denied",
            "no command specified", "unable to find user", "mount path must be absolute", "bind source path",
            "invalid mount", "crun", "runc",
        ]
        let isLaunch = launch.contains { text.contains($0) }
        if isLaunch { return .launchFailed(Self.shortened(message)) }
        return asRuntime
    }

    static func saysDiskFull(_ message: String) -> Bool {
        let text = message.lowercased()
        return text.contains("no space left on device") || text.contains("disk quota exceeded")
    }

    /// Whether a registry wants to know who asks, or does not let this one.
    package static func saysLoginRefused(_ message: String) -> Bool {
        let text = message.lowercased()
        return
            ["unauthorized", "authentication required", "no basic auth", "denied", "incorrect username or password"]
            .contains { text.contains($0) }
    }

    /// Whether a registry gave no answer, or none for now.
    package static func saysRegistryAway(_ message: String) -> Bool {
        let text = message.lowercased()
        return
            [
                "dial tcp", "connection refused", "i/o timeout", "no such host", "tls handshake timeout",
                "context deadline",
                "network is unreachable", "connection reset", "unexpected eof", "toomanyrequests", "server misbehaving",
                "temporary failure", "502 bad gateway", "503 service unavailable", "awaiting headers",
            ].contains { text.contains($0) }
    }

    /// The runtime wraps its reason in several layers; the last says what is wrong.
    private static func shortened(_ message: String) -> String {
        for mark in ["container process: ", "starting container process caused: "] {
            guard let range = message.firstRange(of: mark) else { continue }
            let rest = String(message[range.upperBound...])
            return rest.hasSuffix(": unknown") ? String(rest.dropLast(": unknown".count)) : rest
        }
        return message
    }
}

/// Asks the Engine, and gives its failures the runtime's words.
func asked<Value: Sendable>(
    _ work: () async throws(DockerError) -> Value
) async throws(RuntimeError) -> Value {
    do throws(DockerError) {
        return try await work()
    } catch {
        throw error.asRuntime
    }
}
