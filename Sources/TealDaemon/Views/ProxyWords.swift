import TealEngine
import TealProxySwitch

/// The words for a proxy that cannot be started.
enum ProxyWords {
    static func text(_ error: ProxyProcessError) -> String {
        switch error {
        case .notStarted(let program, let reason): "the proxy \(program) could not be started: \(reason)"
        case .stateUnusable(let path, let reason): "the proxy's directory \(path) cannot be used: \(reason)"
        case .endedAtOnce(let exit, _): "the proxy \(exit) at once"
        case .noAnswer(let limit, _): "the proxy gave no answer within \(ProbeWords.seconds(limit))"
        case .cancelled: "the start of the proxy was cancelled"
        }
    }

    /// What it wrote last.
    static func lines(_ error: ProxyProcessError) -> [String] {
        switch error {
        case .endedAtOnce(_, let log), .noAnswer(_, let log): log.suffix(5).map { "  | \($0)" }
        case .notStarted, .stateUnusable, .cancelled: []
        }
    }
}
