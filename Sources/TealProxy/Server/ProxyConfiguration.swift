package import TealProxyWire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a proxy process is started with.
package struct ProxyConfiguration: Sendable {
    /// One place to listen.
    package struct Listener: Hashable, Sendable {
        package let kind: ProxyRoute.Listener
        /// Port 0 lets the system choose; the status says which.
        package let address: String
        package let port: UInt16

        package init(kind: ProxyRoute.Listener, address: String, port: UInt16) {
            self.kind = kind
            self.address = address
            self.port = port
        }
    }

    /// A listening socket that the service manager holds and has handed over.
    package struct Inherited: Hashable, Sendable {
        package let kind: ProxyRoute.Listener
        package let descriptor: Int32

        package init(kind: ProxyRoute.Listener, descriptor: Int32) {
            self.kind = kind
            self.descriptor = descriptor
        }
    }

    /// Where the lock and the table are kept.
    package var stateDirectory: String
    /// Path of the control socket.
    package var controlPath: String
    package var listeners: [Listener]
    package var inherited: [Inherited]
    /// Event loops, each with a thread of its own.
    package var loopCount: Int
    /// The most client connections, over all loops.
    package var connectionsMax: Int
    /// How long connections may stay in a state; tests make some of it shorter.
    var limits = TimeLimits()
    /// Writes a directory's entries to the disk, 0 when done; tests let it fail, which no file system does on demand.
    var syncDirectory: @Sendable (Int32) -> Int32 = { fsync($0) }
    /// Names the present boot of the machine; tests give another.
    var boot = ProcessFacts.boot
    /// The system's error at binding a listener of the table, nil for none; tests take rights away that they have.
    var bindProblem: @Sendable (TargetAddress) -> Int32? = { _ in nil }
    /// How long a place that another program had must stay free before it is listened at; tests make it shorter.
    var freeSpan = ListenerWait.freeSpanDefault
    /// Whether an address (4 or 16 bytes) is the host's own; tests say no to those that they have.
    var isOwnAddress: @Sendable ([UInt8]) -> Bool = HostAddresses.contain

    /// The most event loops.
    package static let loopsMax = 64
    package static let connectionsMaxDefault = 16384

    package init(
        stateDirectory: String,
        controlPath: String,
        listeners: [Listener],
        inherited: [Inherited] = [],
        loopCount: Int = 1,
        connectionsMax: Int = connectionsMaxDefault
    ) {
        self.stateDirectory = stateDirectory
        self.controlPath = controlPath
        self.listeners = listeners
        self.inherited = inherited
        self.loopCount = min(Self.loopsMax, max(1, loopCount))
        self.connectionsMax = max(1, connectionsMax)
    }
}

/// Why a proxy did not start.
package enum ProxyStartError: Error, Hashable, Sendable {
    /// Another proxy holds the state directory.
    case locked(directory: String)
    /// The state directory cannot be used; says why.
    case stateDirectory(path: String, reason: String)
    /// The control socket cannot be bound; says why.
    case control(path: String, reason: String)
    /// An address cannot be listened at; says why.
    case listener(address: String, port: UInt16, reason: String)
}
