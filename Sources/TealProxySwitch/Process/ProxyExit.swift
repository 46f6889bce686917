/// How a proxy's process ended.
package enum ProxyExit: Hashable, Sendable, CustomStringConvertible {
    /// 3 says that another proxy holds the state directory.
    case code(Int32)
    case signal(Int32)

    package var description: String {
        switch self {
        case .code(let code): "exited \(code)"
        case .signal(let signal): "ended by signal \(signal)"
        }
    }
}
