/// Why the Docker Engine could not be asked, or what it answered instead.
package enum DockerError: Error, Hashable, Sendable {
    /// Nothing is at the socket's path: Docker is not installed, or does not run.
    case socketMissing(path: String)
    /// There is a socket and nobody listens: Docker does not run.
    case socketDead(path: String)
    /// This user may not use the socket.
    case permissionRefused(path: String)
    /// The path cannot be a socket's.
    case noSocket(path: String, reason: String)
    case engineTooOld(speaks: APIVersion, needed: APIVersion)
    case engineTooNew(needs: APIVersion, known: APIVersion)
    /// The engine did not answer, or did not finish its answer, in time.
    case timedOut(call: String, after: Duration)
    /// The connection ended before the answer was whole.
    case cutOff(call: String, reason: String)
    /// The answer is no JSON, or not what was asked for.
    case unreadable(call: String, reason: String)
    case tooLong(call: String, bytesMax: Int)
    /// The engine said no.
    case status(Int, message: String, call: String)
    /// The engine said yes, and an error in the stream that followed.
    case streamed(message: String, call: String)
    /// The engine has no room left below the directory where it keeps everything.
    case diskFull(root: String, message: String, call: String)
    case cancelled

    /// What the engine itself said; nil where it said nothing.
    package var message: String? {
        switch self {
        case .status(_, let message, _), .streamed(let message, _), .diskFull(_, let message, _): message
        default: nil
        }
    }

    /// The status of a refusal; nil where there was none.
    var statusCode: Int? {
        if case .status(let code, _, _) = self { code } else { nil }
    }

    /// Whether what was asked about is not there.
    var isNotFound: Bool { statusCode == 404 }

    /// Whether the engine has no such call, as opposed to what was asked about: Podman before 6 asks no registry, and says so
    /// of a name without a slash, and of every other one that it knows no such path.
    var isUnserved: Bool {
        guard let statusCode, let line = message?.lowercased().split(whereSeparator: \.isNewline).first else {
            return false
        }
        return line.hasSuffix("is not supported") || line.hasSuffix("is not supported.")
            || statusCode == 404 && ["not found", "page not found", "404 page not found"].contains(line)
    }

    /// Whether the engine speaks another version than it was asked in: it was exchanged since that was agreed on.
    var isVersionRefused: Bool { statusCode == 400 && message?.contains("client version") ?? false }

    /// Whether it is a registry that was waited for in vain, and not the engine itself.
    package var isSlowRegistry: Bool {
        if case .timedOut(let call, _) = self { call.hasPrefix(EngineClient.askingRegistry) } else { false }
    }

    /// Whether what was asked about is not there, or is just being removed.
    var isGone: Bool {
        isNotFound || ["marked for removal", "is dead", "is being removed"].contains { message?.contains($0) ?? false }
    }

    /// Whether a name is another's; Podman says so with a status of its own failure.
    var isNameTaken: Bool {
        statusCode == 409 || isFailure && message?.contains("name is already in use") ?? false
    }

    /// Whether the engine tried, and could not.
    var isFailure: Bool { statusCode.map { $0 >= 500 } ?? false }

    /// Whether the engine could not be asked at all, as opposed to having refused.
    package var isUnreachable: Bool {
        switch self {
        case .socketMissing, .socketDead, .permissionRefused, .noSocket, .engineTooOld, .engineTooNew, .timedOut,
            .cutOff:
            true
        case .unreadable, .tooLong, .status, .streamed, .diskFull, .cancelled: false
        }
    }
}

extension DockerError: CustomStringConvertible {
    /// One sentence without a full stop, for the reason inside of an error that names what was to be done.
    package var description: String {
        switch self {
        case .socketMissing(let path): "there is no Docker socket at \(path)"
        case .socketDead(let path): "the Docker Engine does not run: nobody listens on \(path)"
        case .permissionRefused(let path): "this user may not use \(path)"
        case .noSocket(let path, let reason): "\(path) is no Docker socket: \(reason)"
        case .engineTooOld(let speaks, let needed):
            "the Docker Engine speaks API \(speaks) and Teal needs \(needed) or later (Docker 20.10)"
        case .engineTooNew(let needs, let known):
            "the Docker Engine wants API \(needs) or later and this Teal knows \(known)"
        case .timedOut(let call, let limit):
            "the Docker Engine did not answer '\(call)' within \(DurationText.seconds(limit))"
        case .cutOff(let call, let reason): "the Docker Engine broke off '\(call)': \(reason)"
        case .unreadable(let call, let reason): "the Docker Engine's answer to '\(call)' cannot be read: \(reason)"
        case .tooLong(let call, let bytesMax):
            "the Docker Engine's answer to '\(call)' is longer than \(bytesMax >> 20) MiB"
        case .status(_, let message, _), .streamed(let message, _), .diskFull(_, let message, _): message
        case .cancelled: "cancelled"
        }
    }
}

/// Spans as people read them.
enum DurationText {
    static func seconds(_ span: Duration) -> String {
        let (whole, rest) = span.components
        let tenths = rest / 100_000_000_000_000_000
        return tenths == 0 ? "\(whole)s" : "\(whole).\(tenths)s"
    }
}
