package import TealCore
package import TealDriverKit

/// The words for what a probe saw.
package enum ProbeWords {
    /// What a probe's failure means, as the end of a sentence that begins with the replica.
    package static func text(_ failure: ProbeFailure, at endpoint: Endpoint?) -> String {
        let place = endpoint.map { "\($0)" } ?? "its port"
        switch failure {
        case .refused: return "nothing listens on \(place)"
        case .unanswered:
            return "no whole answer came through \(place), and whether it listens behind that cannot be seen from here"
        case .unproven:
            return "\(place) accepts connections, which says nothing of what is behind it: check by `http` or a command"
        case .unhealthy: return "its own health check says unhealthy"
        case .timedOut(let limit): return "no whole answer from \(place) within \(seconds(limit))"
        case .closedEarly: return "\(place) closed the connection before its answer was whole"
        case .notHTTP(let text): return "what \(place) answered is not HTTP: \(text)"
        case .notReady(let text): return "it answers, and is not ready: \(text)"
        case .otherProtocol(let store, let got):
            return "what \(place) answered is not the protocol of \(store.name.title): \(got)"
        case .status(404): return "answered 404: the health path does not exist there"
        case .status(let status): return "answered \(status)"
        case .redirected(let status, let target): return "answered \(status), redirected to \(target)"
        case .bodyDiffers(let expected, let got): return "its body differs: expected \(expected), got \(got)"
        case .headerDiffers(let name, let expected, let got):
            return "its header \(name) is \(got.map { "'\($0)'" } ?? "missing"), expected '\(expected)'"
        case .tooSlow(let took, let limit): return "answered after \(seconds(took)), allowed are \(seconds(limit))"
        case .commandFailed(let code, let line): return "the health command ended with \(code): \(line)"
        case .notRunning(let exit): return exit.map { "it \($0)" } ?? "it does not run"
        case .anotherProcess(let pid, let name):
            let who = [name.map { "'\($0)'" }, pid.map { "pid \($0)" }].compactMap { $0 }.joined(separator: ", ")
            return "another process answers on \(place)" + (who.isEmpty ? "" : " (\(who))")
        case .wrongPort(let own):
            let ports = own.map(String.init).joined(separator: ", ")
            return "nothing listens on \(place); it listens on \(ports.isEmpty ? "no port" : ports)"
        case .unreachable(let text): return "\(place) cannot be reached: \(text)"
        }
    }

    /// A duration for people: `250 ms`, `4.2 s`, `3 min`.
    package static func seconds(_ span: Duration) -> String {
        let value = span.inSeconds
        if value < 1 { return "\(Int((value * 1000).rounded())) ms" }
        if value < 120 {
            let tenths = Int((value * 10).rounded())
            return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
        }
        return "\(Int((value / 60).rounded())) min"
    }
}
