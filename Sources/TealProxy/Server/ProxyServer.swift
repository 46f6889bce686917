import NIOCore
import NIOPosix
import Synchronization
package import TealProxyWire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A running proxy: its event loops, listeners and control socket.
package final class ProxyServer: Sendable {
    /// How long WebSockets may take to answer the close frame when the proxy stops.
    private static let farewell = TimeAmount.milliseconds(500)
    /// How often time limits are looked at.
    private static let tick = TimeAmount.milliseconds(100)

    private let directory: StateDirectory
    let core: ProxyCore
    private let group: MultiThreadedEventLoopGroup
    private let controlGroup: MultiThreadedEventLoopGroup
    private let disk: NIOThreadPool
    private let listeners: [any Channel]
    private let control: any Channel
    private let controlPath: String
    private let isStopped = Mutex(false)
    /// Where the proxy listens, with the ports that the system chose.
    package let addresses: [ProxyStatus.Listener]
    /// Random for each process.
    package var incarnation: UInt64 { core.incarnation }

    // MARK: Starting

    /// Starts a proxy: takes the lock, reads the stored table, listens.
    ///
    /// Blocks until it serves; not for an event loop.
    package init(_ configuration: ProxyConfiguration) throws(ProxyStartError) {
        directory = try StateDirectory(path: configuration.stateDirectory)
        controlPath = configuration.controlPath
        let file = TableFile(
            directory: configuration.stateDirectory,
            boot: configuration.boot,
            syncDirectory: configuration.syncDirectory
        )
        let table: RouteTable
        do throws(ProxyStartError) {
            table = try Self.loadTable(file)
        } catch {
            directory.unlock()
            throw error
        }

        group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.loopCount)
        controlGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        disk = NIOThreadPool(numberOfThreads: 1)
        disk.start()
        let loops = Self.makeLoops(group, configuration, table)
        let factory = ListenerFactory(group: group, loops: loops, bindProblem: configuration.bindProblem)
        core = ProxyCore(
            table: table,
            loops: loops,
            controlLoop: controlGroup.next(),
            file: file,
            disk: disk,
            scoped: ScopedListeners(
                factory: factory,
                controlLoop: controlGroup.next(),
                freeSpan: configuration.freeSpan
            ),
            taken: TakenPlaces(directory: configuration.stateDirectory),
            incarnation: UInt64.random(in: 1 ... .max)
        )
        do throws(ProxyStartError) {
            (listeners, addresses) = try Self.listen(configuration, factory)
            core.setListeners(addresses)
            // Fails only with the loops: what cannot be bound now is bound later.
            try? core.restoreListeners().wait()
            control = try Self.listenForControl(configuration.controlPath, controlGroup, core)
        } catch {
            directory.unlock()
            Self.shutDown(group, controlGroup, disk)
            throw error
        }
        for loop in loops {
            loop.eventLoop.scheduleRepeatedTask(initialDelay: Self.tick, delay: Self.tick) { _ in loop.value.tick() }
        }
        let core = core
        controlGroup.next().scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in
            core.persistLater()
            core.bindLater()
        }
    }

    private static func loadTable(_ file: TableFile) throws(ProxyStartError) -> RouteTable {
        switch file.load() {
        case .table(let table): return table
        case .nothing: return .empty
        case .damaged(let reason):
            ProcessFacts.say(
                "the stored table is damaged (\(reason)); kept as table.bad, starting with an empty table"
            )
            return .empty
        case .unreadable(let reason):
            // Nothing is known of what it holds, so to start without it could take every service off the air.
            throw .stateDirectory(path: file.directory, reason: reason)
        }
    }

    private static func makeLoops(
        _ group: MultiThreadedEventLoopGroup,
        _ configuration: ProxyConfiguration,
        _ table: RouteTable
    ) -> [NIOLoopBound<ProxyLoop>] {
        let share = max(1, configuration.connectionsMax / configuration.loopCount)
        let limits = configuration.limits
        let isOwnAddress = configuration.isOwnAddress
        var loops: [NIOLoopBound<ProxyLoop>] = []
        for (index, eventLoop) in group.makeIterator().enumerated() {
            let made = eventLoop.submit {
                let loop = ProxyLoop(
                    eventLoop: eventLoop,
                    index: index,
                    connectionsMax: share,
                    limits: limits,
                    isOwnAddress: isOwnAddress
                )
                loop.apply(table)
                return NIOLoopBound(loop, eventLoop: eventLoop)
            }
            // Fails only when the loop has been shut down, and nobody else knows it yet.
            if let loop = try? made.wait() { loops.append(loop) }
        }
        return loops
    }

    private static func listen(
        _ configuration: ProxyConfiguration,
        _ factory: ListenerFactory
    ) throws(ProxyStartError) -> ([any Channel], [ProxyStatus.Listener]) {
        var channels: [any Channel] = []
        var addresses: [ProxyStatus.Listener] = []
        func note(_ channel: any Channel, _ kind: ProxyRoute.Listener) {
            let address = channel.localAddress
            channels.append(channel)
            addresses.append(
                .init(
                    kind: kind,
                    address: TargetAddress(host: address?.ipAddress ?? "", port: UInt16(clamping: address?.port ?? 0))
                )
            )
        }
        for listener in configuration.listeners {
            do {
                let address = try SocketAddress(ipAddress: listener.address, port: Int(listener.port))
                note(try factory.bootstrap(listener.kind).bind(to: address).wait(), listener.kind)
            } catch {
                throw .listener(address: listener.address, port: listener.port, reason: reason(error))
            }
        }
        for inherited in configuration.inherited {
            do {
                let bound = factory.bootstrap(inherited.kind).withBoundSocket(inherited.descriptor)
                note(try bound.wait(), inherited.kind)
            } catch {
                throw .listener(address: "descriptor \(inherited.descriptor)", port: 0, reason: reason(error))
            }
        }
        return (channels, addresses)
    }

    private static func listenForControl(
        _ path: String,
        _ group: MultiThreadedEventLoopGroup,
        _ core: ProxyCore
    ) throws(ProxyStartError) -> any Channel {
        // What is left of a proxy that ended hard: this one holds the lock, so nobody answers there.
        _ = unlink(path)
        // The socket must never be open to others, not even for a moment.
        let mask = umask(0o177)
        defer { _ = umask(mask) }
        do {
            return try ServerBootstrap(group: group)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(ControlConnection(core: core))
                    }
                }
                .bind(unixDomainSocketPath: path).wait()
        } catch {
            throw .control(path: path, reason: reason(error))
        }
    }

    private static func reason(_ error: any Error) -> String {
        if let error = error as? IOError { return SystemError.text(error.errnoCode) }
        return "\(error)"
    }

    // MARK: Stopping

    /// Stops: takes no new connection, finishes what is in flight up to a limit, then ends the rest.
    ///
    /// The lock and the control socket are given up first, so that the next proxy can start meanwhile; from then on this
    /// one writes nothing to the state directory. A second call does nothing.
    ///
    /// - Parameter grace: How long what is in flight may take.
    package func stop(grace: Duration) {
        let isFirst = isStopped.withLock { isStopped in
            defer { isStopped = true }
            return !isStopped
        }
        guard isFirst else { return }
        let isStored = core.setStopping()
        for channel in listeners + [control] {
            // Closing a listener that is closed already is as good.
            try? channel.close().wait()
        }
        _ = unlink(controlPath)
        // Does not fail. A store that has begun ends before the next proxy may write to the same file.
        _ = try? isStored.wait()
        _ = try? core.scoped.closeAll().wait()
        directory.unlock()
        // Each of these fails only on a loop that has ended, and nothing is in flight there.
        _ = try? core.onEachLoop { $0.stop() }.wait()
        awaitConnections(.nanoseconds(grace.nanoseconds))
        _ = try? core.onEachLoop { $0.closeTunnels() }.wait()
        awaitConnections(Self.farewell)
        _ = try? core.onEachLoop { $0.closeAll() }.wait()
        Self.shutDown(group, controlGroup, disk)
    }

    /// Waits until every client connection has ended, up to a limit.
    private func awaitConnections(_ limit: TimeAmount) {
        let deadline = NIODeadline.now() + limit
        while true {
            // As above, a loop that has ended has no connections.
            let counts = (try? core.onEachLoop { $0.connectionCount }.wait()) ?? []
            if counts.allSatisfy({ $0 == 0 }) || NIODeadline.now() >= deadline { return }
            _ = usleep(10_000)
        }
    }

    private static func shutDown(
        _ group: MultiThreadedEventLoopGroup,
        _ controlGroup: MultiThreadedEventLoopGroup,
        _ disk: NIOThreadPool
    ) {
        // Each fails only when it was shut down before.
        try? disk.syncShutdownGracefully()
        try? group.syncShutdownGracefully()
        try? controlGroup.syncShutdownGracefully()
    }
}
