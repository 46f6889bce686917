import NIOCore
import TealProxyWire

/// Places that another program has and is about to give up.
extension ScopedListeners {
    /// Listens at another port of a place's address, whose connections count as the place's own.
    ///
    /// Asked again, the one that is there stays.
    ///
    /// - Parameters:
    ///   - place: A place of the table in force.
    ///   - port: The port, or 0 for any that is free.
    /// - Returns: The port; fails when it cannot be had.
    func standIn(for place: TargetAddress, port: UInt16) -> EventLoopFuture<UInt16> {
        if let known = standIn(for: place), port == 0 || port == known.address.port {
            return controlLoop.makeSucceededFuture(known.address.port)
        }
        return factory.bindScoped(TargetAddress(host: place.host, port: port)).hop(to: controlLoop).flatMap { channel in
            let own = TargetAddress(host: place.host, port: UInt16(clamping: channel.localAddress?.port ?? 0))
            self.keep(StandIn(channel: channel, address: own), for: place)
            return self.tell(own, standsFor: place).map {
                ListenerFactory.accept(channel)
                return own.port
            }
        }
    }

    /// Takes no more connections at a stand-in; those that have come in go on.
    func endStandIn(for place: TargetAddress) {
        guard let known = removeStandIn(for: place) else { return }
        let own = known.address
        closeGently(known.channel, at: own).whenComplete { _ in
            // Fails only with the loops.
            self.tell(own, standsFor: nil).whenFailure { _ in }
        }
    }

    /// Listens now at a place that waits, and at the others of the table that wait for the same port.
    ///
    /// Only for who knows that the program that had it has given it up.
    ///
    /// - Returns: Why it is not listened at; nil when it is.
    func listen(at place: TargetAddress) -> EventLoopFuture<String?> {
        let waiting = waiting(at: place.port)
        return bind(waiting).map { opened in
            self.note(opened)
            return self.problem(at: place)
        }
    }

    private func tell(_ own: TargetAddress, standsFor place: TargetAddress?) -> EventLoopFuture<Void> {
        // The addresses are those of a table without complaint, and of listeners that were bound.
        guard let local = ListenerPlace(own) else { return controlLoop.makeSucceededVoidFuture() }
        let meant = place.flatMap { ListenerPlace($0) }
        let told = factory.loops.map { bound in bound.eventLoop.submit { bound.value.setStandIn(local, for: meant) } }
        return EventLoopFuture.andAllSucceed(told, on: controlLoop)
    }
}
