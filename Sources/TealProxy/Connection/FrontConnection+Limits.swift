import NIOCore

extension FrontConnection {
    /// Ends what has taken too long.
    ///
    /// Called ten times a second.
    func checkLimits() {
        let now = loop.now
        let quiet = now - lastActivity
        switch phase {
        case .head:
            if headStartedAt != 0 {
                if now - headStartedAt > TimeLimit.requestHead {
                    phase = .exchange
                    head = RequestHead()
                    requestBody = .length
                    keepsAlive = false
                    answer(.timeout)
                }
            } else if quiet > TimeLimit.clientIdle {
                finish()
            }
        case .exchange: checkExchange(quiet)
        case .flushing: if quiet > TimeLimit.clientStall { close() }
        case .linger: if quiet > TimeLimit.linger { close() }
        case .tunnel: checkTunnel(quiet)
        case .tunnelClosing: checkTunnelClosing()
        case .closed: break
        }
    }

    private func checkExchange(_ quiet: Int64) {
        guard let back, let service else { return }
        if isInputClosed, quiet > TimeLimit.halfClosed {
            clientLeft()
        } else if !canWrite {
            if quiet > TimeLimit.clientStall { clientLeft() }
        } else if requestBody != .done, !isReadPaused, back.isConnected {
            guard quiet > TimeLimit.requestBodyIdle else { return }
            keepsAlive = false
            if isResponding {
                clientLeft()
            } else {
                target?.clientLeft &+= 1
                releaseTarget()
                answer(.timeout)
            }
        } else if back.isConnected, quiet > (isResponding ? service.responseIdle : service.responseHeadIdle) {
            targetSilent()
        }
    }
}
