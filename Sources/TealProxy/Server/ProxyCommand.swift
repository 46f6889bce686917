import TealProxyWire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What `teal-proxy` does from its first line to its exit code.
package enum ProxyCommand {
    /// How long requests in flight may take after SIGTERM.
    private static let stopGrace: Duration = .seconds(30)

    private enum ExitCode {
        static let other: Int32 = 1
        static let usage: Int32 = 2
        static let locked: Int32 = 3
        static let listener: Int32 = 4
    }

    /// Runs the proxy until SIGTERM or SIGINT.
    ///
    /// - Parameter arguments: The command line, the program's name first.
    /// - Returns: The exit code.
    package static func run(_ arguments: [String]) -> Int32 {
        let parsed: ProxyArguments
        do throws(ProxyArguments.Problem) {
            parsed = try ProxyArguments(Array(arguments.dropFirst()))
        } catch {
            ProcessFacts.say("\(error)\n\(ProxyArguments.usage)")
            return ExitCode.usage
        }
        if parsed.wantsHelp || parsed.wantsVersion {
            print(parsed.wantsHelp ? ProxyArguments.usage : ProxyCore.software)
            return 0
        }
        if parsed.detaches, !Detachment.isDetached { return Detachment.spawn(arguments) }
        return serve(parsed)
    }

    private static func serve(_ arguments: ProxyArguments) -> Int32 {
        // A client that closes early must not end the process.
        signal(SIGPIPE, SIG_IGN)
        if Detachment.isDetached { signal(SIGHUP, SIG_IGN) }
        var signals = blockStopSignals()
        let inherited = InheritedSockets.read()
        if arguments.listeners.isEmpty, inherited.isEmpty {
            ProcessFacts.say("--listen is missing\n\(ProxyArguments.usage)")
            return ExitCode.usage
        }
        let files = ProcessFacts.raiseFileLimit()
        let configuration = ProxyConfiguration(
            stateDirectory: arguments.stateDirectory,
            controlPath: arguments.control,
            listeners: arguments.listeners,
            inherited: inherited,
            loopCount: arguments.loopCount ?? ProcessFacts.processorCount,
            // A request needs two sockets, one on either side, and some are needed beside.
            connectionsMax: min(ProxyConfiguration.connectionsMaxDefault, max(16, (files - 64) / 2))
        )
        let server: ProxyServer
        do throws(ProxyStartError) {
            server = try ProxyServer(configuration)
        } catch {
            ProcessFacts.say("\(error)")
            return exitCode(error)
        }
        let places = server.addresses.map { "\($0.kind) \($0.address)" }.joined(separator: ", ")
        ProcessFacts.say("serving at \(places)")
        Detachment.reportReady(logDirectory: arguments.stateDirectory)
        var received: Int32 = 0
        _ = sigwait(&signals, &received)
        server.stop(grace: stopGrace)
        return 0
    }

    /// Blocks the stop signals in this thread and all that it starts, so that only `sigwait` gets them.
    private static func blockStopSignals() -> sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        _ = pthread_sigmask(SIG_BLOCK, &signals, nil)
        return signals
    }

    private static func exitCode(_ error: ProxyStartError) -> Int32 {
        switch error {
        case .locked: ExitCode.locked
        case .listener, .control: ExitCode.listener
        case .stateDirectory: ExitCode.other
        }
    }
}

extension ProxyStartError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .locked(let directory): "another proxy holds \(directory)/lock"
        case .stateDirectory(let path, let reason): "the state directory \(path) cannot be used: \(reason)"
        case .control(let path, let reason): "the control socket \(path) cannot be bound: \(reason)"
        case .listener(let address, let port, let reason): "cannot listen at \(address) port \(port): \(reason)"
        }
    }
}
