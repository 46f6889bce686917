import TealProxyWire

/// What is known of an upgraded connection.
struct Tunnel {
    let mode: UpgradedRule.Mode
    /// How long it may stay after its target has left, in nanoseconds; nil without a limit.
    let limit: Int64?
    let isWebSocket: Bool
    var toClient = FrameBorder()
    var toTarget = FrameBorder()
    /// When the target left the table; zero while it is there.
    var leftAt: Int64 = 0
    var closeCode = CloseFrame.Code.goingAway
    var closingSince: Int64 = 0
    var hasToldClient = false
    var hasToldTarget = false

    init(rule: UpgradedRule?, isWebSocket: Bool) {
        mode = rule?.mode ?? .keep
        limit = rule?.limit?.nanoseconds
        self.isWebSocket = isWebSocket
    }
}
