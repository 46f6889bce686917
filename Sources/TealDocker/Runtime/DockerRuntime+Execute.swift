import Glibc
import NIOCore
import NIOPosix
package import TealCore
package import TealDriverKit

extension DockerRuntime: CommandStreaming {
    /// How many of a command's last lines are kept.
    static let commandLinesMax = 50

    package func execute(
        _ command: [String],
        beside replica: ReplicaID,
        within limit: Duration
    ) async throws(RuntimeError) -> CommandResult {
        let container = try await container(of: replica)
        guard container.isRunning else { throw .refused("\(replica) does not run") }
        let id = try await asked { () async throws(DockerError) in
            try await client.createExec(command, in: container.id)
        }
        let output = CommandOutput()
        do throws(DockerError) {
            try await withDeadline(limit, "exec") { [client] () async throws(DockerError) in
                try await client.startExec(id).forEachFrame { frame async throws(DockerError) in await output.add(frame)
                }
            }
        } catch {
            guard case .timedOut(let call, _) = error, call == "exec" || call == "start exec" else {
                if error == .cancelled { await killExec(id, of: container.id) }
                throw error.asRuntime
            }
            await killExec(id, of: container.id)
            return CommandResult(exitCode: 137, tail: await output.tail, timedOut: true)
        }
        return CommandResult(exitCode: try await exitCode(of: id), tail: await output.tail)
    }

    package func execute(
        _ command: [String],
        beside replica: ReplicaID,
        within limit: Duration,
        input: CommandInput?,
        output: @escaping @Sendable (OutputPiece) async -> Void
    ) async throws(RuntimeError) -> CommandResult {
        let container = try await container(of: replica)
        guard container.isRunning else { throw .refused("\(replica) does not run") }
        let id = try await asked { () async throws(DockerError) in
            try await client.createExec(command, in: container.id, withInput: input != nil)
        }
        do throws(DockerError) {
            try await withDeadline(limit, "exec") { [client] () async throws(DockerError) in
                try await client.startExec(id) { stream async throws(DockerError) in
                    try await Self.converse(over: stream, input, output)
                }
            }
        } catch {
            await killExec(id, of: container.id)
            guard case .timedOut(let call, _) = error, call == "exec" else { throw error.asRuntime }
            return CommandResult(exitCode: 137, tail: [], timedOut: true)
        }
        // A stream ends at once for who waits for it no more.
        if Task.isCancelled {
            await killExec(id, of: container.id)
            throw .cancelled
        }
        return CommandResult(exitCode: try await exitCode(of: id), tail: [])
    }

    /// Sends the input and hands the outputs on, until these end.
    private static func converse(
        over stream: HijackedStream,
        _ input: CommandInput?,
        _ output: @escaping @Sendable (OutputPiece) async -> Void
    ) async throws(DockerError) {
        // Ends with the command, whether or not there is more to read.
        let sending = Task {
            while let bytes = await input?.next(), !Task.isCancelled {
                guard await stream.write(bytes) else { return }
            }
            if input != nil { stream.finish() }
        }
        defer { sending.cancel() }
        var splitter = FrameSplitter()
        var part: ByteBuffer? = stream.first
        while let bytes = part {
            let frames: [FrameSplitter.Frame]
            do throws(FrameSplitter.Failure) {
                frames = try splitter.feed(bytes)
            } catch {
                throw .unreadable(call: "start exec", reason: "its frames are damaged")
            }
            for frame in frames { await output(OutputPiece(bytes: frame.bytes, isError: frame.isError)) }
            part = try await stream.next()
        }
        guard splitter.isAtBorder else { throw .cutOff(call: "start exec", reason: "in the middle of a frame") }
    }

    /// The code of a command whose outputs have ended; what it left running in the background is not waited for.
    private func exitCode(of exec: String) async throws(RuntimeError) -> Int {
        for _ in 0..<100 {
            let state = try await asked { () async throws(DockerError) in try await client.exec(exec) }
            if !state.isRunning, let code = state.exitCode { return code }
            do {
                try await Task.sleep(for: .milliseconds(20))
            } catch {
                throw .cancelled
            }
        }
        throw .timedOut("the Docker Engine does not say how a command ended")
    }

    /// How often a command that is to be ended is looked for until it has begun, every 100 ms.
    private static let looksForExec = 50

    /// Ends a command's process and all below it from outside; the Engine has no call for that.
    private func killExec(_ id: String, of container: String) async {
        // In a task of its own: the caller may be cancelled, and the command must not go on. Awaited here.
        await Task { [client] in
            // One that cannot be found has ended, or is behind another user's engine; a slow engine may not have begun it yet.
            var found = try? await client.exec(id)
            var looks = 0
            while let state = found, !state.isRunning, state.exitCode == nil, looks < Self.looksForExec {
                try? await Task.sleep(for: .milliseconds(100))  // Not cancelled: this task is nobody's child.
                found = try? await client.exec(id)
                looks += 1
            }
            guard let state = found, state.isRunning, let pid = state.pid else { return }
            await Self.offPool {
                // An engine that counts its processes elsewhere names a number that is somebody else's here.
                for member in HostProcesses.family(of: pid) {
                    _ = HostProcesses.send(SIGKILL, to: member, of: container)
                }
            }
        }.value
    }

    /// Does what looks at many files on a thread that may block.
    static func offPool<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        // The pool is inactive only while the program ends.
        (try? await NIOThreadPool.singleton.runIfActive { work() }) ?? work()
    }
}

/// The last lines of a command's outputs.
actor CommandOutput {
    private var assembler = LogAssembler(isStamped: false, release: nil)
    private var lines: [String] = []

    func add(_ frame: FrameSplitter.Frame) { keep(assembler.feed(frame, at: WallClock.now).map(\.text)) }

    /// Oldest first, what has no end yet included.
    var tail: [String] {
        keep(assembler.rest().map(\.text))
        return lines
    }

    private func keep(_ more: [String]) { lines = Array((lines + more).suffix(DockerRuntime.commandLinesMax)) }
}
