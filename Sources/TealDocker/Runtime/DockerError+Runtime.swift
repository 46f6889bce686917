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
        case .diskFull(let root, _, _): return .diskFull(path: root)
        case .status(let code, let message, let call):
            if code == 503 { return .unreachable(reason: message) }
            return .refused("\(call): \(message)")
        case .streamed(let message, let call):
            return .refused("\(call): \(message)")
        }
    }

    /// What a pull's failure means.
    func asPull(of release: ReleaseID) -> RuntimeError {
        if case .diskFull = self { return asRuntime }
        guard let message else { return asRuntime }
        let text = message.lowercased()
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
        if case .diskFull = self { return asRuntime }
        guard let message else { return asRuntime }
        let text = message.lowercased()
        if text.contains("no such image") { return .contentMissing(release) }
        if let port, Self.saysPortTaken(text) {
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

    /// Whether a port of the host could not be had.
    ///
    /// `Bind for 127.0.0.1:8000 failed: port is already allocated` and `listen tcp4 127.0.0.1:8000: bind: address already
    /// in use` up to Docker 27 and in Podman, `failed to bind host port for 127.0.0.1:8000:10.213.0.2:8080/tcp: address
    /// already in use` from 28 on. Of an address alone, a network says `Address already in use`, which is no port.
    private static func saysPortTaken(_ text: String) -> Bool {
        if text.contains("port is already allocated") || text.contains("ports are not available") { return true }
        return text.contains("address already in use") && ["bind", "listen tcp", "port"].contains { text.contains($0) }
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
