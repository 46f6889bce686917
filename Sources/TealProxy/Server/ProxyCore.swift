import NIOCore
import NIOPosix
import Synchronization
import TealProxyWire

/// Carries out what the control socket asks: keeps the table, stores it, and puts it in force on every event loop.
final class ProxyCore: Sendable {
    /// The table and what goes with it.
    private struct State: Sendable {
        var table: RouteTable
        var isPersisted: Bool
        var isStopping = false
        var listeners: [ProxyStatus.Listener] = []
        /// What ``TakenPlaces`` holds.
        var keptTaken: Set<TargetAddress> = []
        /// Done when the publish before is; publishes go one after the other.
        var lastPublish: EventLoopFuture<Void>
    }

    static let software = "teal-proxy 0.1.0"

    let incarnation: UInt64
    private let startedAt: NIODeadline
    let loops: [NIOLoopBound<ProxyLoop>]
    private let controlLoop: any EventLoop
    private let file: TableFile
    private let disk: NIOThreadPool
    let scoped: ScopedListeners
    private let taken: TakenPlaces
    private let state: Mutex<State>

    init(
        table: RouteTable,
        loops: [NIOLoopBound<ProxyLoop>],
        controlLoop: any EventLoop,
        file: TableFile,
        disk: NIOThreadPool,
        scoped: ScopedListeners,
        taken: TakenPlaces,
        incarnation: UInt64
    ) {
        self.loops = loops
        self.controlLoop = controlLoop
        self.file = file
        self.disk = disk
        self.scoped = scoped
        self.taken = taken
        self.incarnation = incarnation
        startedAt = .now()
        state = Mutex(
            State(table: table, isPersisted: true, lastPublish: controlLoop.makeSucceededVoidFuture())
        )
    }

    func setListeners(_ listeners: [ProxyStatus.Listener]) {
        state.withLock { $0.listeners = listeners }
        scoped.setOwn(listeners.map(\.address))
    }

    /// Binds what the stored table names, at the start; what cannot be bound is tried again later.
    ///
    /// Blocks for the disk; not for an event loop.
    func restoreListeners() -> EventLoopFuture<Void> {
        let taken = taken.load()
        state.withLock { $0.keptTaken = taken }
        return inTurn { self.scoped.restore(self.state.withLock(\.table).listeners, taken: taken) }
    }

    /// Takes no table and stores none from now on.
    ///
    /// - Returns: Done when nothing more is written to the state directory, so that it may be the next proxy's.
    func setStopping() -> EventLoopFuture<Void> {
        state.withLock { state in
            state.isStopping = true
            return state.lastPublish
        }
    }

    /// Runs a piece of work on every event loop and collects the answers.
    func onEachLoop<Value: Sendable>(_ work: @escaping @Sendable (ProxyLoop) -> Value) -> EventLoopFuture<[Value]> {
        let answers = loops.map { bound in bound.eventLoop.submit { work(bound.value) } }
        return EventLoopFuture.whenAllSucceed(answers, on: controlLoop)
    }

    // MARK: Requests

    /// Carries out a request, but for `hello`, which belongs to the connection.
    func answer(_ request: ControlRequest) -> EventLoopFuture<ControlReply> {
        switch request {
        case .hello: controlLoop.makeSucceededFuture(.failed(.helloMissing))
        case .publish(let table, let mustPersist): publish(table, mustPersist: mustPersist)
        case .readTable: controlLoop.makeSucceededFuture(.table(state.withLock(\.table)))
        case .counters: counters()
        case .status: status()
        case .closeUpgraded(let target, let onlyMarked):
            onEachLoop { $0.closeUpgraded(target, onlyMarked: onlyMarked) }
                .map { .ended(requests: 0, upgraded: UInt64($0.reduce(0, +))) }
        case .cut(let target, let requests, let upgraded):
            onEachLoop { $0.cut(target, requests: requests, upgraded: upgraded) }
                .map { counts in
                    .ended(
                        requests: UInt64(counts.reduce(0) { $0 + $1.requests }),
                        upgraded: UInt64(counts.reduce(0) { $0 + $1.upgraded })
                    )
                }
        case .forget(let target): forget(target)
        case .place(let place, let action): inTurn { self.change(place, action) }
        }
    }

    private func change(_ place: TargetAddress, _ action: PlaceAction) -> EventLoopFuture<ControlReply> {
        let (table, isStopping) = state.withLock { ($0.table, $0.isStopping) }
        if isStopping { return controlLoop.makeSucceededFuture(.failed(.stopping)) }
        guard table.listeners.contains(where: { $0.address == place && $0.isPort }) else {
            return controlLoop.makeSucceededFuture(.place(port: 0, problem: "\(place) is no port of the table"))
        }
        switch action {
        case .standIn(let port):
            return scoped.standIn(for: place, port: port).map { .place(port: $0, problem: nil) }.recover { error in
                let code = (error as? IOError)?.errnoCode
                let reason = code.map(SystemError.text) ?? "\(error)"
                return .place(port: 0, problem: "nothing can stand in for \(place): \(reason)")
            }
        case .listen:
            return scoped.listen(at: place).map { problem in
                .place(port: self.scoped.standIn(for: place)?.address.port ?? 0, problem: problem)
            }
        case .endStandIn:
            scoped.endStandIn(for: place)
            return controlLoop.makeSucceededFuture(.place(port: 0, problem: scoped.problem(at: place)))
        }
    }

    private func counters() -> EventLoopFuture<ControlReply> {
        onEachLoop { LoopCounters($0) }.map { all in
            let table = self.state.withLock { (epoch: $0.table.epoch, version: $0.table.version) }
            return .counters(
                LoopCounters.report(all, incarnation: self.incarnation, epoch: table.epoch, version: table.version)
            )
        }
    }

    private func status() -> EventLoopFuture<ControlReply> {
        onEachLoop { (count: $0.connectionCount, strangers: $0.strangers) }.map { loops in
            let state = self.state.withLock { $0 }
            let strangers = loops.reduce(into: [ListenerPlace: UInt64]()) { $0.merge($1.strangers) { $0 &+ $1 } }
            return .status(
                ProxyStatus(
                    processID: ProcessFacts.processID,
                    incarnation: self.incarnation,
                    uptime: .nanoseconds((NIODeadline.now() - self.startedAt).nanoseconds),
                    software: Self.software,
                    epoch: state.table.epoch,
                    version: state.table.version,
                    persisted: state.isPersisted,
                    listeners: state.listeners,
                    connections: UInt64(loops.reduce(0) { $0 + $1.count }),
                    isStopping: state.isStopping,
                    scoped: self.scoped.status(of: state.table.listeners, strangers: strangers)
                )
            )
        }
    }

    private func forget(_ target: TargetID) -> EventLoopFuture<ControlReply> {
        onEachLoop { $0.isInUse(target) }.flatMap { inUse in
            if inUse.contains(true) { return self.controlLoop.makeSucceededFuture(.failed(.targetInUse)) }
            return self.onEachLoop { $0.forget(target) }.map { _ in .forgotten }
        }
    }

    // MARK: Publishing

    /// Takes a table after the one before it has been dealt with.
    private func publish(_ table: RouteTable, mustPersist: Bool) -> EventLoopFuture<ControlReply> {
        inTurn { self.take(table, mustPersist: mustPersist) }
    }

    private func inTurn<Value: Sendable>(
        _ work: @escaping @Sendable () -> EventLoopFuture<Value>
    ) -> EventLoopFuture<Value> {
        let done = controlLoop.makePromise(of: Value.self)
        let previous = state.withLock { state in
            let previous = state.lastPublish
            state.lastPublish = done.futureResult.map { _ in }.recover { _ in }
            return previous
        }
        previous.whenComplete { _ in work().cascade(to: done) }
        return done.futureResult
    }

    /// Checks, binds, stores, applies, answers, in this order.
    private func take(_ table: RouteTable, mustPersist: Bool) -> EventLoopFuture<ControlReply> {
        let (current, isPersisted, isStopping) = state.withLock { ($0.table, $0.isPersisted, $0.isStopping) }
        if isStopping { return controlLoop.makeSucceededFuture(.failed(.stopping)) }
        if let refusal = current.refusal(of: table) { return controlLoop.makeSucceededFuture(.refused(refusal)) }
        if table == current, isPersisted {
            return controlLoop.makeSucceededFuture(
                .applied(epoch: table.epoch, version: table.version, persisted: true)
            )
        }
        return scoped.open(table.listeners).flatMap { self.enforce(table, $0, mustPersist: mustPersist) }
    }

    /// Stores and applies a table whose listeners are bound, as far as they can be.
    private func enforce(
        _ table: RouteTable,
        _ opened: [TargetAddress: ScopedListeners.Stand],
        mustPersist: Bool
    ) -> EventLoopFuture<ControlReply> {
        store(table).flatMap { failure in
            if let failure, mustPersist {
                // The refused table may lie where the one in force was: the next second puts that one back.
                if failure.isInPlace { self.state.withLock { $0.isPersisted = false } }
                return self.scoped.discard(opened).map { .refused(failure.refusal) }
            }
            return self.onEachLoop { $0.apply(table) }.flatMap { _ in
                self.state.withLock { state in
                    state.table = table
                    state.isPersisted = failure == nil
                }
                self.scoped.settle(opened, table.listeners)
                return self.controlLoop.makeSucceededFuture(
                    .applied(epoch: table.epoch, version: table.version, persisted: failure == nil)
                )
            }
        }
    }

    /// Stores a table on the thread for the disk; answers with what went wrong.
    private func store(_ table: RouteTable) -> EventLoopFuture<TableFile.StoreFailure?> {
        let file = file
        return disk.runIfActive(eventLoop: controlLoop) { () -> TableFile.StoreFailure? in
            do throws(TableFile.StoreFailure) {
                try file.store(table)
                return nil
            } catch {
                return error
            }
        }
        .recover { TableFile.StoreFailure(refusal: .notStored("\($0)"), isInPlace: false) }
    }

    /// Binds the listeners that could not be bound before and whose time has come, and remembers which are taken.
    ///
    /// Called every second.
    func bindLater() {
        guard scoped.hasWaiting || !state.withLock(\.keptTaken).isEmpty else { return }
        inTurn { () -> EventLoopFuture<Void> in
            if self.state.withLock(\.isStopping) { return self.controlLoop.makeSucceededVoidFuture() }
            return self.scoped.retry().flatMap { self.keepTaken() }
        }
        .whenFailure { _ in
            // It fails only with the loops; what could not be bound is tried again.
        }
    }

    private func keepTaken() -> EventLoopFuture<Void> {
        let now = scoped.taken
        let isKept = state.withLock { state in
            defer { state.keptTaken = now }
            return state.keptTaken == now
        }
        if isKept { return controlLoop.makeSucceededVoidFuture() }
        let taken = taken
        return disk.runIfActive(eventLoop: controlLoop) { taken.store(now) }
    }

    /// Stores the table in force when that has not been done yet.
    ///
    /// Called every second. Never once the proxy is stopping: the directory may by then be the next one's.
    func persistLater() {
        guard state.withLock({ !$0.isPersisted && !$0.isStopping }) else { return }
        inTurn { () -> EventLoopFuture<Void> in
            let (table, isStopping) = self.state.withLock { ($0.table, $0.isStopping) }
            if isStopping { return self.controlLoop.makeSucceededVoidFuture() }
            return self.store(table).map { failure in
                if failure == nil { self.state.withLock { $0.isPersisted = true } }
            }
        }
        .whenFailure { _ in
            // `store` answers with its problem and does not fail; the next second tries again.
        }
    }
}
