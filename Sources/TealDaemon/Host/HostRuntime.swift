import Synchronization
import TealCore
import TealDriverKit

/// The runtime of a host that the engine sees: processes and containers, side by side.
///
/// What a release is made of decides where it starts; who knows a place decides who is asked about it. Containers are
/// asked only where they have something, so that a host without Docker, or whose Docker is down, serves its processes.
struct HostRuntime: ContainerRuntime, CommandStreaming {
    let processes: any ContainerRuntime
    let containers: any ContainerRuntime
    /// Whether a place has a record as a container's; answers without the engine.
    let containersKnow: @Sendable (ReplicaID) -> Bool
    /// Whether any place of a service has one.
    let containersKnowAny: @Sendable (ServiceKey) -> Bool
    /// Whether any place of the host has one.
    let containersUsed: @Sendable () -> Bool
    /// Whether a once-only run was begun as a container; answers without the engine.
    let containersKnowOnce: @Sendable (String) -> Bool
    private let use = FirstUse()
    /// The most replicas that a slot has.
    private static let replicasMax = 64
    /// Events that are kept for a slow reader; older ones are left out.
    private static let eventsMax = 4096

    init(
        processes: any ContainerRuntime,
        containers: any ContainerRuntime,
        containersKnow: @escaping @Sendable (ReplicaID) -> Bool,
        containersKnowAny: @escaping @Sendable (ServiceKey) -> Bool,
        containersUsed: @escaping @Sendable () -> Bool,
        containersKnowOnce: @escaping @Sendable (String) -> Bool
    ) {
        self.processes = processes
        self.containers = containers
        self.containersKnow = containersKnow
        self.containersKnowAny = containersKnowAny
        self.containersUsed = containersUsed
        self.containersKnowOnce = containersKnowOnce
    }

    private func runtime(for release: Release) -> any ContainerRuntime {
        guard release.content.isImage else { return processes }
        use.begin()
        return containers
    }

    private func runtime(of replica: ReplicaID) -> any ContainerRuntime {
        containersKnow(replica) ? containers : processes
    }

    // MARK: By what a release is made of

    func fetch(_ release: Release) async throws(RuntimeError) { try await runtime(for: release).fetch(release) }

    func start(_ order: StartOrder) async throws(RuntimeError) -> ReplicaState {
        try await vacate(order)
        return try await runtime(for: order.release).start(order)
    }

    /// Removes what the other runtime has left in a replica's place.
    ///
    /// - Throws: ``RuntimeError/placeTaken(by:)`` while that still runs, or somebody holds it.
    private func vacate(_ order: StartOrder) async throws(RuntimeError) {
        let isImage = order.release.content.isImage
        guard isImage || containersKnow(order.replica) else { return }
        let other = isImage ? processes : containers
        let left = try await other.replica(order.replica)
        switch left?.phase {
        case .running, .restarting, .foreign: throw .placeTaken(by: left?.release ?? order.release.id)
        case .exited, .stopped: try await other.remove(order.replica)
        // Of a container that vanished the record is left, by which the place would still be a container's.
        case nil: if !isImage { try await other.remove(order.replica) }
        }
    }

    func healthCommand(of release: Release) async throws(RuntimeError) -> HealthCommand? {
        try await runtime(for: release).healthCommand(of: release)
    }

    func missing(for release: Release) async throws(RuntimeError) -> [HostNeed] {
        try await runtime(for: release).missing(for: release)
    }

    func makeNetwork(_ name: String) async throws(RuntimeError) { try await containers.makeNetwork(name) }

    func runOnce(_ order: OnceOrder) async throws(RuntimeError) -> CommandResult {
        try await (order.onHost ? processes : runtime(for: order.release)).runOnce(order)
    }

    func shownRecords() async throws(RuntimeError) -> [ShownRecord] {
        let shown = try await processes.shownRecords()
        guard containersUsed() else { return shown }
        return try await shown + containers.shownRecords()
    }

    func onceState(of name: String) async throws(RuntimeError) -> OnceState {
        let state = try await processes.onceState(of: name)
        // The first release of containers has no place yet when its migration runs, nor has a daemon that starts again then.
        guard state == .neverBegun, containersUsed() || use.hasBegun || containersKnowOnce(name) else { return state }
        return try await containers.onceState(of: name)
    }

    // MARK: By who knows the place

    func stop(_ replica: ReplicaID, policy: StopPolicy) async throws(RuntimeError) {
        try await runtime(of: replica).stop(replica, policy: policy)
    }

    func mend(_ replica: ReplicaID, run: RunID) async throws(RuntimeError) {
        try await runtime(of: replica).mend(replica, run: run)
    }

    func remove(_ replica: ReplicaID) async throws(RuntimeError) { try await runtime(of: replica).remove(replica) }

    func setRestartPolicy(_ policy: RestartPolicy, of replica: ReplicaID) async throws(RuntimeError) {
        try await runtime(of: replica).setRestartPolicy(policy, of: replica)
    }

    func setActivity(
        _ active: Bool,
        of replica: ReplicaID,
        by call: ActivityCall,
        within limit: Duration
    ) async throws(RuntimeError) {
        try await runtime(of: replica).setActivity(active, of: replica, by: call, within: limit)
    }

    func replica(_ id: ReplicaID) async throws(RuntimeError) -> ReplicaState? {
        try await runtime(of: id).replica(id)
    }

    func logTail(of replica: ReplicaID, linesMax: Int) async throws(RuntimeError) -> [LogLine] {
        // A container that was removed has left its last lines, which are its place's as long as no process is there.
        if !containersKnow(replica), use.hasBegun, try await processes.replica(replica) == nil,
            let left = try? await containers.logTail(of: replica, linesMax: linesMax), !left.isEmpty
        {
            return left
        }
        return try await runtime(of: replica).logTail(of: replica, linesMax: linesMax)
    }

    func followLog(of replica: ReplicaID, linesMax: Int) -> AsyncThrowingStream<LogLine, any Error> {
        runtime(of: replica).followLog(of: replica, linesMax: linesMax)
    }

    func usage(of replica: ReplicaID) async throws(RuntimeError) -> ReplicaUsage? {
        try await runtime(of: replica).usage(of: replica)
    }

    func listeners(of replica: ReplicaID) async throws(RuntimeError) -> ListenerReport {
        try await runtime(of: replica).listeners(of: replica)
    }

    func execute(
        _ command: [String],
        beside replica: ReplicaID,
        within limit: Duration
    ) async throws(RuntimeError) -> CommandResult {
        try await runtime(of: replica).execute(command, beside: replica, within: limit)
    }

    func execute(
        _ command: [String],
        beside replica: ReplicaID,
        within limit: Duration,
        input: CommandInput?,
        output: @escaping @Sendable (OutputPiece) async -> Void
    ) async throws(RuntimeError) -> CommandResult {
        if let runtime = runtime(of: replica) as? any CommandStreaming {
            return try await runtime.execute(command, beside: replica, within: limit, input: input, output: output)
        }
        guard input == nil else {
            throw .refused("it is a process, and what runs beside a process is given no input")
        }
        let end = try await execute(command, beside: replica, within: limit)
        for line in end.tail { await output(OutputPiece(bytes: Array((line + "\n").utf8), isError: false)) }
        return CommandResult(exitCode: end.exitCode, tail: [], timedOut: end.timedOut)
    }

    // MARK: Both

    func replicas() async throws(RuntimeError) -> [ReplicaState] {
        let own = try await processes.replicas()
        guard containersUsed() else { return own }
        return try await own + containers.replicas()
    }

    func replicas(of service: ServiceKey) async throws(RuntimeError) -> [ReplicaState] {
        let own = try await processes.replicas(of: service)
        guard containersKnowAny(service) else { return own }
        return try await own + containers.replicas(of: service)
    }

    func replicas(of service: ServiceKey, in slot: Slot) async throws(RuntimeError) -> [ReplicaState] {
        let own = try await processes.replicas(of: service, in: slot)
        // The other slot's containers are another matter: an artifact may come in their place while their engine is away.
        let isKnown = (0..<Self.replicasMax).contains { containersKnow(.init(service: service, slot: slot, index: $0)) }
        guard isKnown else { return own }
        return try await own + containers.replicas(of: service, in: slot)
    }

    func prune(keeping kept: [Release]) async throws(RuntimeError) -> [String] {
        let own = try await processes.prune(keeping: kept)
        // Images may have been pulled for places that were never made.
        guard containersUsed() || use.hasBegun || kept.contains(where: \.content.isImage) else { return own }
        return try await own + containers.prune(keeping: kept)
    }

    func events() -> AsyncStream<ReplicaEvent> {
        if containersUsed() { use.begin() }
        return AsyncStream(bufferingPolicy: .bufferingNewest(Self.eventsMax)) { continuation in
            // Ends with the stream, which nobody reads any more then.
            let task = Task { [processes, containers, use] in
                await withDiscardingTaskGroup { group in
                    group.addTask { for await event in processes.events() { continuation.yield(event) } }
                    group.addTask {
                        // Nothing is asked of an engine that may not be there until it is needed.
                        guard await use.begun() else { return }
                        for await event in containers.events() { continuation.yield(event) }
                    }
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }
}

/// The moment from which on something is used; once begun it stays so.
final class FirstUse: Sendable {
    private struct State {
        var hasBegun = false
        var waiting: [Int: CheckedContinuation<Bool, Never>] = [:]
        var last = 0
    }

    private let state = Mutex(State())

    var hasBegun: Bool { state.withLock { $0.hasBegun } }

    func begin() {
        let waiting = state.withLock { state in
            state.hasBegun = true
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.resume(returning: true) }
    }

    /// Returns once it has begun; false when the caller is cancelled before.
    func begun() async -> Bool {
        let number = state.withLock { state in
            state.last += 1
            return state.last
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if state.hasBegun { return true }
                    if Task.isCancelled { return false }
                    state.waiting[number] = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: number) }?.resume(returning: false)
        }
    }
}
