import NIOCore

extension FrontConnection {
    /// Sends the request to a target of its service.
    func dispatch() {
        guard let service, let target = service.pick(excluding: tried) else {
            service?.unavailable &+= 1
            answer(.unavailable)
            return
        }
        let pooled = target.takeIdle(now: loop.now, isRepeatable: head.isRepeatable)
        send(to: target, over: pooled)
    }

    /// Sends the request to a target, over an unused connection or a fresh one.
    private func send(to target: TargetState, over pooled: BackConnection?) {
        self.target = target
        target.requestsStarted &+= 1
        target.requestsInFlight &+= 1
        let connection = pooled ?? BackConnection(loop: loop, target: target)
        back = connection
        connection.attach(self, isPooled: pooled != nil)
        if !canWrite { connection.pauseReading() }
        if pooled != nil {
            connection.write(out)
        } else if let service {
            connection.open(timeout: service.connectTimeout)
        }
    }

    /// The fresh connection is there: sends what has waited for it.
    func backConnected(_ connection: BackConnection) {
        guard back === connection else { return }
        targetSpokeAt = loop.now
        // Could not be paused before there was a connection.
        if !canWrite { connection.pauseReading() }
        connection.write(out)
        for buffer in pending { connection.write(buffer) }
        pending.removeAll()
        pendingBytes = 0
        connection.flush()
        if requestBody != .done, connection.canWrite { resumeReading() }
    }

    /// The connection could not be opened: another target is tried, each at most once, whatever the method.
    func backUnreachable(_ connection: BackConnection) {
        guard back === connection, phase == .exchange, let target else { return }
        detachBack()
        target.connectFailures &+= 1
        tried.append(target)
        releaseTarget()
        guard let service, let next = service.pick(excluding: tried) else {
            target.badGateway &+= 1
            answer(.badGateway)
            return
        }
        target.retries &+= 1
        send(to: next, over: nil)
    }

    /// The connection ended, or what it sent is not HTTP, before the answer was complete.
    func backFailed(_ connection: BackConnection, gotBytes: Bool, isMalformed: Bool = false) {
        guard back === connection, phase == .exchange, let target else { return }
        let wasPooled = connection.isPooled
        detachBack()
        connection.close()
        if !gotBytes, !hasRetried, head.isRepeatable, retry(target, wasPooled: wasPooled) { return }
        if isResponding {
            target.cutAnswers &+= 1
            releaseTarget()
            flush()
            if phase == .exchange { close() }
        } else {
            target.badGateway &+= 1
            releaseTarget()
            answer(isMalformed ? .badResponse : .badGateway)
        }
    }

    /// Sends the request once more: on a fresh connection when an unused one had ended, else to another target.
    private func retry(_ target: TargetState, wasPooled: Bool) -> Bool {
        let same = target.isListed ? target : nil
        guard let next = wasPooled ? same ?? service?.pick(excluding: []) : service?.pick(excluding: [target]) ?? same
        else { return false }
        hasRetried = true
        target.retries &+= 1
        releaseTarget()
        send(to: next, over: nil)
        return true
    }

    /// The whole answer has been passed on.
    ///
    /// - Parameter isReusable: Whether the connection to the target may take another request.
    func responseDone(isReusable: Bool) {
        let done = back
        let target = self.target
        detachBack()
        releaseTarget()
        if let done {
            if requestBody == .done, done.holdsBytes, let target {
                // It was answered early: the rest still goes out, and nothing after it.
                done.closeAfterFlush(within: target.idleLimit)
            } else if isReusable, requestBody == .done, let target, target.isListed, !loop.isStopping {
                done.resumeReading()
                done.idleSince = loop.now
                if head.isRepeatable || target.wantsSpare { target.keepIdle(done) } else { done.discard() }
            } else {
                done.close()
            }
        }
        settle()
    }

    /// Goes on to the next request, or ends the connection.
    func settle() {
        route = nil
        tunnel = nil
        if !tried.isEmpty { tried.removeAll() }
        if pendingBytes > 0 {
            pending.removeAll()
            pendingBytes = 0
        }
        if keepsAlive, requestBody == .done { awaitNext() } else { finish() }
    }

    /// Counts the request as no longer in flight.
    @inline(__always) func releaseTarget() {
        target?.requestsInFlight &-= 1
        target = nil
    }

    @inline(__always) func detachBack() {
        back?.detach()
        back = nil
    }

    /// Gives up the connection to the target in the midst of an answer.
    func dropBack() {
        let dropped = back
        detachBack()
        dropped?.close()
    }

    /// The client has gone before the answer was complete.
    func clientLeft() {
        target?.clientLeft &+= 1
        releaseTarget()
        dropBack()
        close()
    }

    /// Ends the request now: with 503 when nothing has been answered yet, else by breaking the answer off.
    func cutExchange() {
        guard phase == .exchange else { return }
        target?.cutAnswers &+= 1
        releaseTarget()
        dropBack()
        keepsAlive = false
        if isResponding { close() } else { answer(.cut) }
    }

    /// The target has been silent too long.
    func targetSilent() {
        guard let target else { return }
        if isResponding {
            target.cutAnswers &+= 1
            releaseTarget()
            dropBack()
            close()
        } else {
            target.gatewayTimeout &+= 1
            releaseTarget()
            answer(.gatewayTimeout)
        }
    }
}
