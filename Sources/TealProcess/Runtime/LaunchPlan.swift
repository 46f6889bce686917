import TealCore
import TealDriverKit
import TealShimWire

/// Makes the shim's orders from the engine's.
struct LaunchPlan {
    let home: ProcessHome
    let inherited: [String: String]

    /// What a replica's shim is told.
    func spec(_ order: StartOrder, _ endpoint: Endpoint) throws(RuntimeError) -> LaunchSpec {
        let release = order.release
        let service = release.spec
        var environment = base(release, order.environment)
        environment["PORT"] = "\(endpoint.port)"
        environment["TEAL_SLOT"] = "\(order.replica.slot)"
        environment["TEAL_REPLICA"] = "\(order.replica.index)"
        environment["TEAL_ACTIVE"] = order.active ? "1" : "0"
        if environment["HOST"] == nil { environment["HOST"] = endpoint.address }
        guard let signal = SignalNumber(named: service.stop.signal) else {
            throw .refused("'\(service.stop.signal)' is no signal")
        }
        var spec = try command(service.command, release, environment, in: home.content(of: release.id))
        spec.address = endpoint.address
        spec.port = endpoint.port
        spec.stopSignal = signal.raw
        spec.graceMilliseconds = max(service.stop.grace.nanoseconds / 1_000_000, 0)
        spec.memoryBytesMax = service.resources.memoryBytesMax
        return spec
    }

    /// What a once-only runner is told.
    func spec(_ order: OnceOrder) throws(RuntimeError) -> LaunchSpec {
        let content = home.content(of: order.release.id)
        // A hook may belong to a release that has no content here.
        let directory = order.onHost && !Files.exists(content) ? "/" : content
        let environment = base(order.release, order.environment)
        var spec = try command(order.command, order.release, environment, in: directory)
        spec.timeoutMilliseconds = max(order.timeout.nanoseconds / 1_000_000, 1)
        return spec
    }

    private func base(_ release: Release, _ own: [String: Secret]) -> [String: String] {
        var environment = inherited
        if environment["PATH"] == nil { environment["PATH"] = ProgramLookup.standardPath }
        for (name, value) in own { environment[name] = value.reveal() }
        environment["TEAL_RELEASE"] = "\(release.id)"
        environment["TEAL_SERVICE"] = "\(release.id.service.service)"
        return environment
    }

    private func command(
        _ command: [String],
        _ release: Release,
        _ environment: [String: String],
        in directory: String
    ) throws(RuntimeError) -> LaunchSpec {
        guard let name = command.first else { throw .launchFailed("\(release.id) has no command") }
        for text in command + environment.keys + environment.values where text.utf8.contains(0) {
            throw .launchFailed("a command or variable of \(release.id) holds a NUL byte")
        }
        let path = environment["PATH"] ?? ProgramLookup.standardPath
        guard let program = ProgramLookup.find(name, in: directory, path: path) else {
            throw .launchFailed("'\(name)' is no executable file in the artifact or in PATH")
        }
        return LaunchSpec(
            release: release.id.qualified,
            content: release.content.hash,
            program: program,
            arguments: Array(command.dropFirst()),
            environment: environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" },
            directory: directory
        )
    }
}
