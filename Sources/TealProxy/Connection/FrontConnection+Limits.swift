import NIOCore

extension FrontConnection {
    /// Ends what has taken too long.
    ///
    /// Called ten times a second.
    func checkLimits() {
        let now = loop.now
        let limits = loop.limits
        switch phase {
        case .head:
            if !canWrite {
                if now - clientTookAt > limits.clientStall { close() }
            } else if headStartedAt != 0 {
                if now - headStartedAt > limits.requestHead {
                    phase = .exchange
                    head = RequestHead()
                    requestBody = .length
                    keepsAlive = false
                    answer(.timeout)
                }
            } else if now - clientSpokeAt > limits.clientIdle {
                finish()
            }
        case .exchange: checkExchange(now, limits)
        case .flushing: if now - clientTookAt > limits.clientStall { close() }
        case .linger: if now - clientTookAt > limits.linger { close() }
        case .tunnel: checkTunnel(now - max(clientSpokeAt, targetSpokeAt))
        case .tunnelClosing: checkTunnelClosing()
        case .closed: break
        }
    }

    private func checkExchange(_ now: Int64, _ limits: TimeLimits) {
        guard let back, let service else { return }
        let awaitsBody = requestBody != .done && !isReadPaused && canWrite && back.isConnected
        if !awaitsBody {
            bodySpanStartedAt = now
            bodySpanBytes = 0
        }
        if !canWrite {
            if now - clientTookAt > limits.clientStall { clientLeft() }
        } else if isInputClosed, now - max(clientSpokeAt, targetSpokeAt) > limits.halfClosed {
            clientLeft()
        } else if awaitsBody {
            if now - clientSpokeAt > limits.requestBodyIdle || isBodyTooSlow(now, limits) { bodyLate() }
        } else if back.isConnected,
            now - targetSpokeAt > (isResponding ? service.responseIdle : service.responseHeadIdle)
        {
            targetSilent()
        }
    }

    /// Whether a span has ended in which the body brought too little; begins the next one when it has brought enough.
    private func isBodyTooSlow(_ now: Int64, _ limits: TimeLimits) -> Bool {
        guard now - bodySpanStartedAt > limits.requestBodySpan else { return false }
        if bodySpanBytes < ByteLimit.bodyPerSpan { return true }
        bodySpanStartedAt = now
        bodySpanBytes = 0
        return false
    }

    /// The request body does not come, or too slowly.
    private func bodyLate() {
        keepsAlive = false
        if isResponding {
            clientLeft()
        } else {
            target?.clientLeft &+= 1
            releaseTarget()
            answer(.timeout)
        }
    }
}
