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
/// They are bound before a table is in force and closed once it is not any more. What changes them is called in turn,
/// by ``ProxyCore``: the lock is for those who only ask.
final class ScopedListeners: Sendable {
    /// How one listener stands.
    enum Stand: Sendable {
        case bound(any Channel)
        /// A listener that the proxy was started with takes its connections, such as one at every address.
        case covered
        /// It is tried again every second; says why.
        case waiting(String)
    }

    /// What came of binding the listeners that a table adds.
    enum Opening: Sendable {
        case opened([TargetAddress: Stand])
        case refused(String)
    }

    private struct State: Sendable {
        var stands: [TargetAddress: Stand] = [:]
        /// Where the proxy was told to listen when it was started.
        var own: [ListenerPlace] = []
    }

    private let factory: ListenerFactory
    private let controlLoop: any EventLoop
    private let state = Mutex(State())

    init(factory: ListenerFactory, controlLoop: any EventLoop) {
        self.factory = factory
        self.controlLoop = controlLoop
    }

    func setOwn(_ addresses: [TargetAddress]) {
        state.withLock { $0.own = addresses.compactMap { ListenerPlace($0) } }
    }

    // MARK: A table comes

    /// Binds the listeners that are not there yet: all of them, or none.
    ///
    /// One for which the proxy lacks the rights refuses nothing: it waits, and the status says so.
    ///
    /// - Parameters:
    ///   - listeners: All that the table names.
    ///   - mayWait: Whether any of them may wait, since the table must be followed.
    /// - Returns: What was bound, not taking connections yet; or why the table is refused.
    func open(_ listeners: [ScopedListener], mayWait: Bool) -> EventLoopFuture<Opening> {
        let known = state.withLock(\.stands)
        let added = listeners.map(\.address).filter { known[$0] == nil }
        return attempt(added).flatMap { attempts in
            let refused = attempts.first { $0.isRefusal }
            guard !mayWait, let refused, case .waiting(let reason) = refused.stand else {
                let stands = Dictionary(attempts.map { ($0.address, $0.stand) }) { $1 }
                return self.controlLoop.makeSucceededFuture(.opened(stands))
            }
            return self.close(attempts.compactMap(\.stand.channel)).map { .refused(reason) }
        }
    }

    /// Gives up what ``open(_:mayWait:)`` has bound for a table that was not taken.
    func discard(_ opened: [TargetAddress: Stand]) -> EventLoopFuture<Void> {
        close(opened.values.compactMap(\.channel))
    }

    /// The table is in force on all loops: new listeners take connections, those that it does not name take none.
    ///
    /// - Returns: The ones that are to be closed, by ``close(_:)``, once the loops know what they have taken.
    func settle(_ opened: [TargetAddress: Stand], _ listeners: [ScopedListener]) -> [any Channel] {
        let wanted = Set(listeners.map(\.address))
        let gone = state.withLock { state in
            state.stands.merge(opened) { $1 }
            let gone = state.stands.filter { !wanted.contains($0.key) }
            state.stands = state.stands.filter { wanted.contains($0.key) }
            return gone.values.compactMap(\.channel)
        }
        for channel in opened.values.compactMap(\.channel) { ListenerFactory.accept(channel) }
        // As there: a listener that has ended takes nothing more.
        for channel in gone { channel.setOption(.autoRead, value: false).whenFailure { _ in } }
        return gone
    }

    // MARK: At the start, and later

    /// Binds what can be bound of a table that is in force already; the rest waits.
    func restore(_ listeners: [ScopedListener]) -> EventLoopFuture<Void> {
        attempt(listeners.map(\.address)).map { self.note($0) }
    }

    /// Whether there are any that wait.
    var hasWaiting: Bool { state.withLock { $0.stands.values.contains { $0.isWaiting } } }

    /// Tries those that wait once more.
    func retry() -> EventLoopFuture<Void> {
        let waiting = state.withLock { $0.stands.filter { $0.value.isWaiting }.map(\.key) }
        return attempt(waiting).map { self.note($0) }
    }

    private func note(_ attempts: [Attempt]) {
        state.withLock { state in
            for attempt in attempts { state.stands[attempt.address] = attempt.stand }
        }
        for channel in attempts.compactMap(\.stand.channel) { ListenerFactory.accept(channel) }
    }

    /// How each listener of the table in force stands.
    func status(of listeners: [ScopedListener]) -> [ProxyStatus.Scoped] {
        let stands = state.withLock(\.stands)
        return listeners.map { listener in
            switch stands[listener.address] {
            case .bound, .covered: ProxyStatus.Scoped(listener: listener)
            case .waiting(let reason): ProxyStatus.Scoped(listener: listener, problem: reason)
            case nil: ProxyStatus.Scoped(listener: listener, problem: "\(listener.address) is not bound yet")
            }
        }
    }

    /// Closes all of them for good.
    func closeAll() -> EventLoopFuture<Void> {
        let channels = state.withLock { state in
            defer { state.stands = [:] }
            return state.stands.values.compactMap(\.channel)
        }
        return close(channels)
    }

    /// Done when the places are free again; a listener that is closed already is as good.
    func close(_ listeners: [any Channel]) -> EventLoopFuture<Void> {
        EventLoopFuture.andAllComplete(listeners.map { $0.close() }, on: controlLoop)
    }

    // MARK: Binding

    private struct Attempt: Sendable {
        let address: TargetAddress
        let stand: Stand
        /// Whether a table that adds it is refused.
        var isRefusal = false
    }

    private func attempt(_ addresses: [TargetAddress]) -> EventLoopFuture<[Attempt]> {
        let attempts = addresses.map { address in
            factory.bindScoped(address)
                .map { Attempt(address: address, stand: .bound($0)) }
                .recover { self.failed(address, $0) }
        }
        return EventLoopFuture.whenAllSucceed(attempts, on: controlLoop)
    }

    private func failed(_ address: TargetAddress, _ error: any Error) -> Attempt {
        let code = (error as? IOError)?.errnoCode
        switch code {
        case EADDRINUSE:
            let place = ListenerPlace(address)
            let isOwn = state.withLock { state in place.map { place in state.own.contains { $0.covers(place) } } }
            if isOwn == true { return Attempt(address: address, stand: .covered) }
            return Attempt(address: address, stand: .waiting("\(address) is taken"), isRefusal: true)
        case EACCES, EPERM:
            return Attempt(address: address, stand: .waiting("\(address) may not be listened at by this user"))
        default:
            let reason = code.map(SystemError.text) ?? "\(error)"
            return Attempt(
                address: address,
                stand: .waiting("\(address) cannot be listened at: \(reason)"),
                isRefusal: true
            )
        }
    }
}

extension ScopedListeners.Stand {
    fileprivate var channel: (any Channel)? {
        if case .bound(let channel) = self { channel } else { nil }
    }

    fileprivate var isWaiting: Bool {
        if case .waiting = self { true } else { false }
    }
}
