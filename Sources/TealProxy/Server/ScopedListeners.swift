import NIOCore
import NIOPosix
import Synchronization
import TealProxyWire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The listeners that the table names.
///
/// They are bound before a table is in force, as far as they can be, and closed once it is not any more. What changes
/// them is called in turn, by ``ProxyCore``: the lock is for those who only ask.
final class ScopedListeners: Sendable {
    /// How one listener stands.
    enum Stand: Sendable {
        case bound(any Channel)
        /// A listener that the proxy was started with takes its connections, such as one at every address.
        case covered
        /// It is tried again later.
        case waiting(ListenerWait)
    }

    /// One that is being closed.
    private struct Closing: Sendable {
        let channel: any Channel
        /// Its place is free again then; does not fail.
        let done: EventLoopFuture<Void>
    }

    private struct State: Sendable {
        var stands: [TargetAddress: Stand] = [:]
        var closing: [TargetAddress: Closing] = [:]
        /// Where the proxy was told to listen when it was started.
        var own: [ListenerPlace] = []
        /// The places of the table that others stand in for.
        var standIns: [TargetAddress: StandIn] = [:]
    }

    /// A listener whose connections count as those of a place of the table.
    struct StandIn: Sendable {
        let channel: any Channel
        let address: TargetAddress
    }

    /// How long a listener that takes no new clients still takes those that are through: many round trips of a bridge.
    private static let farewell = TimeAmount.milliseconds(100)

    let factory: ListenerFactory
    let controlLoop: any EventLoop
    private let freeSpan: TimeAmount
    private let state = Mutex(State())

    init(factory: ListenerFactory, controlLoop: any EventLoop, freeSpan: TimeAmount) {
        self.factory = factory
        self.controlLoop = controlLoop
        self.freeSpan = freeSpan
    }

    func setOwn(_ addresses: [TargetAddress]) {
        state.withLock { $0.own = addresses.compactMap { ListenerPlace($0) } }
    }

    // MARK: A table comes

    /// Binds the listeners that are not there yet, as far as they can be.
    ///
    /// - Parameter listeners: All that the table names.
    /// - Returns: What came of those that it adds; what is bound takes no connections yet. Does not fail.
    func open(_ listeners: [ScopedListener]) -> EventLoopFuture<[TargetAddress: Stand]> {
        let known = state.withLock(\.stands)
        return bind(listeners.map(\.address).filter { known[$0] == nil })
    }

    /// Gives up what ``open(_:)`` has bound for a table that was not taken.
    func discard(_ opened: [TargetAddress: Stand]) -> EventLoopFuture<Void> {
        close(opened.values.compactMap(\.channel))
    }

    /// The table is in force on all loops: new listeners take connections, those that it does not name are closed, without
    /// cutting off a client that has just come in.
    func settle(_ opened: [TargetAddress: Stand], _ listeners: [ScopedListener]) {
        let wanted = Set(listeners.map(\.address))
        let gone = state.withLock { state in
            state.stands.merge(opened) { $1 }
            let gone = state.stands.filter { !wanted.contains($0.key) }
            state.stands = state.stands.filter { wanted.contains($0.key) }
            return gone
        }
        for channel in opened.values.compactMap(\.channel) { ListenerFactory.accept(channel) }
        for (address, stand) in gone {
            if let channel = stand.channel { closeGently(channel, at: address) }
        }
        for place in state.withLock({ state in state.standIns.keys.filter { !wanted.contains($0) } }) {
            endStandIn(for: place)
        }
    }

    /// Lets no new client begin, takes those that are through, and closes once the loops know all of them: one that is
    /// still in the system's queue, or on its way to its loop, would end with its listener.
    @discardableResult
    func closeGently(_ channel: any Channel, at address: TargetAddress) -> EventLoopFuture<Void> {
        ListenerFactory.refuseNew(channel)
        let done = controlLoop.scheduleTask(in: Self.farewell) { ListenerFactory.pause(channel) }.futureResult
            .flatMap {
                EventLoopFuture.andAllComplete(self.factory.loops.map { $0.eventLoop.submit {} }, on: self.controlLoop)
            }
            .flatMap { self.close([channel]) }
            // The channel ends with its loop as well, which takes on nothing more then.
            .recover { _ in }
        state.withLock { $0.closing[address] = Closing(channel: channel, done: done) }
        done.whenComplete { _ in
            self.state.withLock { state in
                if state.closing[address]?.channel === channel { state.closing[address] = nil }
            }
        }
        return done
    }

    // MARK: At the start, and later

    /// Binds what can be bound of a table that is in force already; the rest waits.
    ///
    /// - Parameters:
    ///   - listeners: All that the table names.
    ///   - taken: The places that another program had when this was known last; these are only looked at for a while.
    /// - Returns: Done when all have been tried. Does not fail.
    func restore(_ listeners: [ScopedListener], taken: Set<TargetAddress>) -> EventLoopFuture<Void> {
        let places = listeners.map(\.address)
        let now = NIODeadline.now()
        state.withLock { state in
            for place in places where taken.contains(place) {
                state.stands[place] = .waiting(ListenerWait(.taken, now: now))
            }
        }
        lookAround(now)
        return bind(places.filter { !taken.contains($0) }).map { self.note($0) }
    }

    /// Whether there are any that wait.
    var hasWaiting: Bool { state.withLock { $0.stands.values.contains { $0.wait != nil } } }

    /// The places that another program has, or had a short while ago.
    var taken: Set<TargetAddress> {
        Set(state.withLock(\.stands).filter { $0.value.wait?.cause == .taken }.keys)
    }

    /// Tries those whose time has come once more.
    func retry() -> EventLoopFuture<Void> {
        let now = NIODeadline.now()
        lookAround(now)
        let due = state.withLock(\.stands).filter { $0.value.wait?.isDue(now: now, freeSpan: freeSpan) ?? false }
        return bind(Array(due.keys)).map { self.note($0) }
    }

    /// Looks whether the places that were taken are free; listens nowhere.
    private func lookAround(_ now: NIODeadline) {
        for place in taken {
            let isFree = factory.isFree(place)
            state.withLock { state in
                guard case .waiting(var wait) = state.stands[place] else { return }
                wait.saw(isFree: isFree, now: now)
                state.stands[place] = .waiting(wait)
            }
        }
    }

    func note(_ opened: [TargetAddress: Stand]) {
        let now = NIODeadline.now()
        state.withLock { state in
            for (address, stand) in opened {
                guard let wait = stand.wait, let before = state.stands[address]?.wait, before.cause == wait.cause else {
                    state.stands[address] = stand
                    continue
                }
                state.stands[address] = .waiting(before.again(now: now))
            }
        }
        for channel in opened.values.compactMap(\.channel) { ListenerFactory.accept(channel) }
    }

    /// Why a place of the table is not listened at, in one line; nil when it is.
    func problem(at place: TargetAddress) -> String? {
        switch state.withLock({ $0.stands[place] }) {
        case .bound, .covered: nil
        case .waiting(let wait): "\(place) \(wait.words(freeSpan: freeSpan))"
        case nil: "\(place) is not bound yet"
        }
    }

    /// The places with a port that wait.
    func waiting(at port: UInt16) -> [TargetAddress] {
        state.withLock { $0.stands.filter { $0.key.port == port && $0.value.wait != nil }.map(\.key) }
    }

    func standIn(for place: TargetAddress) -> StandIn? { state.withLock { $0.standIns[place] } }

    func keep(_ standIn: StandIn, for place: TargetAddress) { state.withLock { $0.standIns[place] = standIn } }

    func removeStandIn(for place: TargetAddress) -> StandIn? {
        state.withLock { $0.standIns.removeValue(forKey: place) }
    }

    /// How each listener of the table in force stands, with how many strangers came to it.
    func status(of listeners: [ScopedListener], strangers: [ListenerPlace: UInt64]) -> [ProxyStatus.Scoped] {
        listeners.map { listener in
            let problem = problem(at: listener.address)
            let count = ListenerPlace(listener.address).flatMap { strangers[$0] } ?? 0
            return ProxyStatus.Scoped(listener: listener, problem: problem, strangers: count)
        }
    }

    /// Closes all of them for good.
    func closeAll() -> EventLoopFuture<Void> {
        let channels = state.withLock { state in
            defer {
                state.stands = [:]
                state.closing = [:]
                state.standIns = [:]
            }
            return state.stands.values.compactMap(\.channel) + state.closing.values.map(\.channel)
                + state.standIns.values.map(\.channel)
        }
        return close(channels)
    }

    /// Done when the places are free again; a listener that is closed already is as good.
    private func close(_ listeners: [any Channel]) -> EventLoopFuture<Void> {
        EventLoopFuture.andAllComplete(listeners.map { $0.close() }, on: controlLoop)
    }

    // MARK: Binding

    func bind(_ addresses: [TargetAddress]) -> EventLoopFuture<[TargetAddress: Stand]> {
        let known = state.withLock { state in
            state.closing.mapValues(\.channel).merging(state.stands.compactMapValues(\.channel)) { $1 }
        }
        // Those of one port one after the other, so that each knows with whom it shares it.
        let attempts = Dictionary(grouping: addresses, by: \.port).values.map { bindInTurn($0[...], beside: known) }
        return EventLoopFuture.whenAllSucceed(attempts, on: controlLoop).map { all in
            all.reduce(into: [:]) { $0.merge($1) { $1 } }
        }
    }

    private func bindInTurn(
        _ addresses: ArraySlice<TargetAddress>,
        beside known: [TargetAddress: any Channel]
    ) -> EventLoopFuture<[TargetAddress: Stand]> {
        guard let address = addresses.first else { return controlLoop.makeSucceededFuture([:]) }
        let closed = state.withLock { $0.closing[address]?.done } ?? controlLoop.makeSucceededVoidFuture()
        let neighbours = known.filter { Self.share(address, $0.key) }.map(\.value)
        return closed.flatMap { self.factory.bindScoped(address, beside: neighbours).hop(to: self.controlLoop) }
            .map { Stand.bound($0) }
            .recover { self.failed(address, $0) }
            .flatMap { stand in
                var next = known
                if let channel = stand.channel { next[address] = channel }
                return self.bindInTurn(addresses.dropFirst(), beside: next)
                    .map { $0.merging([address: stand]) { one, _ in one } }
            }
    }

    private static func share(_ one: TargetAddress, _ other: TargetAddress) -> Bool {
        guard let one = ListenerPlace(one), let other = ListenerPlace(other) else { return false }
        return one.shares(with: other)
    }

    private func failed(_ address: TargetAddress, _ error: any Error) -> Stand {
        let code = (error as? IOError)?.errnoCode
        let cause: ListenerWait.Cause
        switch code {
        case EADDRINUSE:
            let place = ListenerPlace(address)
            let isOwn = state.withLock { state in place.map { place in state.own.contains { $0.covers(place) } } }
            if isOwn == true { return .covered }
            cause = .taken
        case EACCES, EPERM: cause = .refused("may not be listened at by this user")
        default: cause = .refused("cannot be listened at: \(code.map(SystemError.text) ?? "\(error)")")
        }
        return .waiting(ListenerWait(cause, now: .now()))
    }
}

extension ScopedListeners.Stand {
    fileprivate var channel: (any Channel)? {
        if case .bound(let channel) = self { channel } else { nil }
    }

    fileprivate var wait: ListenerWait? {
        if case .waiting(let wait) = self { wait } else { nil }
    }
}
