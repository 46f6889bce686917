import TealProxyWire

/// Why a question to the proxy has no answer.
enum ControlError: Error, Hashable {
    /// The question was not sent: nobody listens, or the handshake did not come about.
    case unreachable(String)
    /// The question was sent, and whether it was carried out is not known.
    case lost(String)
    /// The proxy says that it does not do this.
    case failed(ControlFailure)
    /// What came back was not understood.
    case unreadable(String)
    case cancelled
}
