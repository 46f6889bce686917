import NIOCore
import TealProxyWire

extension FrontConnection {
    // MARK: While open

    /// The target has agreed to the upgrade: from here on bytes pass as they are.
    func beginTunnel() {
        phase = .tunnel
        guard let target, let tunnel else { return }
        target.requestsInFlight &-= 1
        target.upgradedStarted &+= 1
        if tunnel.mode == .keep { target.upgradedKeep &+= 1 } else { target.upgradedClose &+= 1 }
        resumeReading()
        if let early = stash {
            stash = nil
            tunnelFromClient(early)
            // Nothing else may come from the client before the target has answered these.
            back?.flush()
        }
        if !target.isListed { tableChanged() }
    }

    /// Passes bytes of the client on.
    func tunnelFromClient(_ buffer: ByteBuffer) {
        guard tunnel?.isWebSocket == true else {
            if phase == .tunnel { back?.write(buffer) }
            return
        }
        guard phase == .tunnelClosing else {
            _ = buffer.withUnsafeReadableBytes { tunnel?.toTarget.feed($0) }
            back?.write(buffer)
            return
        }
        var buffer = buffer
        if tunnel?.hasToldTarget == false {
            let used = buffer.withUnsafeReadableBytes { tunnel?.toTarget.feed($0, stopsAtBorder: true) } ?? 0
            if let slice = buffer.readSlice(length: used) { back?.write(slice) }
            tellTarget()
            back?.flush()
        }
        _ = buffer.withUnsafeReadableBytes { tunnel?.toTarget.feed($0) }
        // The client has answered the close frame, so nothing is left to wait for.
        if tunnel?.hasToldClient == true, tunnel?.toTarget.sawClose == true { endTunnel() }
    }

    /// Passes bytes of the target on.
    func tunnelFromTarget(_ buffer: ByteBuffer) {
        targetSpokeAt = loop.now
        guard tunnel?.isWebSocket == true else {
            if phase == .tunnel { write(buffer) }
            return
        }
        guard phase == .tunnelClosing else {
            _ = buffer.withUnsafeReadableBytes { tunnel?.toClient.feed($0) }
            write(buffer)
            return
        }
        guard tunnel?.hasToldClient == false else { return }
        var buffer = buffer
        let used = buffer.withUnsafeReadableBytes { tunnel?.toClient.feed($0, stopsAtBorder: true) } ?? 0
        if let slice = buffer.readSlice(length: used) { write(slice) }
        tellClient()
        flush()
    }

    /// The target has closed its sending side.
    func tunnelInputClosed() {
        flush()
        if phase == .tunnel { context?.close(mode: .output, promise: nil) } else { endTunnel() }
    }

    // MARK: Ending

    /// A new table is in force.
    func tableChanged() {
        guard phase == .tunnel, let target, tunnel != nil else { return }
        if target.isListed {
            tunnel?.leftAt = 0
        } else if upgradedMode == .close {
            closeTunnel(.serviceRestart)
        } else if tunnel?.leftAt == 0 {
            tunnel?.leftAt = loop.now
        }
    }

    /// Closes the upgraded connection: a WebSocket with a close frame to both sides at the next frame border.
    func closeTunnel(_ code: CloseFrame.Code) {
        guard phase == .tunnel else { return }
        target?.upgradedClosed &+= 1
        guard tunnel?.isWebSocket == true else {
            endTunnel()
            return
        }
        phase = .tunnelClosing
        tunnel?.closeCode = code
        tunnel?.closingSince = loop.now
        resumeReading()
        if tunnel?.toClient.sawClose == true { tunnel?.hasToldClient = true }
        if tunnel?.toTarget.sawClose == true { tunnel?.hasToldTarget = true }
        tellClient()
        tellTarget()
        back?.resumeReading()
        back?.flush()
        flush()
    }

    private func tellClient() {
        guard let tunnel, !tunnel.hasToldClient, tunnel.toClient.isAtBorder else { return }
        self.tunnel?.hasToldClient = true
        write(ByteBuffer(bytes: CloseFrame.toClient(tunnel.closeCode)))
    }

    private func tellTarget() {
        guard let tunnel, !tunnel.hasToldTarget, tunnel.toTarget.isAtBorder else { return }
        self.tunnel?.hasToldTarget = true
        let mask = UInt32.random(in: .min ... .max)
        back?.write(ByteBuffer(bytes: CloseFrame.toServer(tunnel.closeCode, mask: mask)))
    }

    func checkTunnel(_ quiet: Int64) {
        guard let tunnel else { return }
        if isInputClosed, tunnel.isWebSocket, quiet > loop.limits.halfClosed {
            // A WebSocket whose client has sent a FIN has ended, whether or not the service has noticed.
            endTunnel()
        } else if quiet > loop.limits.upgradedIdle {
            closeTunnel(.goingAway)
        } else if let limit = tunnel.limit, tunnel.leftAt != 0, loop.now - tunnel.leftAt >= limit {
            closeTunnel(.serviceRestart)
        }
    }

    func checkTunnelClosing() {
        guard let tunnel else { return }
        let elapsed = loop.now - tunnel.closingSince
        let isTold = tunnel.hasToldClient && tunnel.hasToldTarget
        if elapsed > (isTold ? loop.limits.upgradedClose : loop.limits.frameBorder) { endTunnel() }
    }

    /// Closes both connections and counts the tunnel as ended.
    func endTunnel() {
        guard phase == .tunnel || phase == .tunnelClosing else { return }
        phase = .flushing
        if let target {
            if upgradedMode == .keep { target.upgradedKeep &-= 1 } else { target.upgradedClose &-= 1 }
        }
        target = nil
        tunnel = nil
        route = nil
        requestBody = .done
        let ended = back
        detachBack()
        ended?.closeAfterFlush()
        finish()
    }
}
