package import TealCore
package import TealShimWire

/// Decides what a shim does with its process: when to start it, signal it, kill it, and when all is over.
package struct ReplicaLife: Sendable {
    /// The first wait before a process that ended by itself is started again.
    package static let pauseFirst: Duration = .milliseconds(100)
    /// The longest wait.
    package static let pauseMax: Duration = .seconds(10)
    /// A run that lasted this long makes the next wait the first again.
    package static let steadyAfter: Duration = .seconds(10)
    /// The code of a process that was killed, as shells give it (128 + SIGKILL).
    package static let killedCode = 137

    package enum Event: Hashable, Sendable {
        /// The shim is ready: begins the first run.
        case begin
        case launched
        /// Could not be launched again; `code` as a shell gives it.
        case launchFailed(code: Int)
        /// The first process ended; others of its tree may still run.
        case ended(code: Int, killedForMemory: Bool)
        /// Nothing of the run is left.
        case cleared
        case stop(signal: Int32, grace: Duration)
        case restartsByItself(Bool)
        /// The tree uses more memory than it may.
        case memoryExceeded
        /// Nothing but time has passed.
        case time
    }

    package enum Effect: Hashable, Sendable {
        case launch
        /// To the first process's group.
        case signal(Int32)
        /// Kill everything of the run, again and again, until `.cleared` can be said.
        case killTree
        /// What others see has changed.
        case publish
        /// All is over: the shim ends.
        case finish
    }

    private enum State: Sendable {
        /// Leaves on `begin`.
        case fresh
        /// Leaves on `launched` or `launchFailed`.
        case launching
        /// Leaves when it ends, or on `stop`.
        case running(since: Timestamp)
        /// It was signalled. Leaves when it ends; at `killAt` the tree is killed.
        case stopping(killAt: Timestamp)
        /// It was killed, for `killAt` or for memory. Leaves when it ends.
        case killing
        /// The first process ended; the rest is being killed. Leaves on `cleared`.
        case clearing
        /// Leaves at `until`, or on `stop`.
        case pausing(until: Timestamp)
        /// Nothing leads out.
        case over
    }

    private var state: State = .fresh
    private var pause = Self.pauseFirst
    /// When the present run began; nil when none has since the last one ended.
    private var runBegan: Timestamp?
    private var isStopAsked = false
    private var isOverMemory = false

    package private(set) var phase: ReplicaRecord.Phase = .starting
    package private(set) var restarts = 0
    package private(set) var lastEnd: ReplicaRecord.End?
    package private(set) var restartsByItself = false

    package init() {}

    /// When `time` must be said at the latest; nil when only events lead on.
    package var deadline: Timestamp? {
        switch state {
        case .stopping(let killAt): killAt
        case .pausing(let until): until
        case .fresh, .launching, .running, .killing, .clearing, .over: nil
        }
    }

    /// Whether the rest of a run is being killed and `cleared` is awaited.
    package var isClearing: Bool {
        switch state {
        case .clearing, .killing: true
        default: false
        }
    }

    /// Whether a first process may be running.
    package var hasProcess: Bool {
        switch state {
        case .running, .stopping, .killing: true
        default: false
        }
    }

    package var isOver: Bool {
        if case .over = state { true } else { false }
    }

    /// Takes in one event and answers with what to do, in order.
    ///
    /// Events that mean nothing now do nothing.
    package mutating func handle(_ event: Event, at now: Timestamp) -> [Effect] {
        switch (state, event) {
        case (.fresh, .begin):
            state = .launching
            return [.launch]
        case (.launching, .launched):
            state = .running(since: now)
            runBegan = now
            phase = .running
            isOverMemory = false
            return [.publish]
        case (.launching, .launchFailed(let code)):
            lastEnd = .init(code: code, outOfMemory: false)
            return afterEnd(at: now)
        case (.running, .ended(let code, let forMemory)), (.stopping, .ended(let code, let forMemory)),
            (.killing, .ended(let code, let forMemory)):
            let outOfMemory = isOverMemory || forMemory
            lastEnd = .init(code: outOfMemory ? Self.killedCode : code, outOfMemory: outOfMemory)
            state = .clearing
            return [.killTree]
        case (.clearing, .cleared):
            return afterEnd(at: now)
        case (_, .stop(let signal, let grace)):
            return stop(signal, grace, at: now)
        case (.running, .memoryExceeded), (.stopping, .memoryExceeded):
            isOverMemory = true
            state = .killing
            return [.killTree]
        case (.stopping(let killAt), .time) where now >= killAt:
            state = .killing
            return [.killTree]
        case (.pausing(let until), .time) where now >= until:
            state = .launching
            restarts += 1
            return [.launch]
        case (.pausing, .restartsByItself(false)):
            restartsByItself = false
            return end(as: .exited)
        case (_, .restartsByItself(let value)):
            restartsByItself = value
            return [.publish]
        default:
            return []
        }
    }

    private mutating func stop(_ signal: Int32, _ grace: Duration, at now: Timestamp) -> [Effect] {
        isStopAsked = true
        switch state {
        case .fresh, .pausing:
            return end(as: .stopped)
        case .running:
            state = .stopping(killAt: now + grace)
            return [.signal(signal)]
        case .stopping(let killAt):
            // A second stop may shorten the wait, never lengthen it.
            state = .stopping(killAt: min(killAt, now + grace))
            return []
        case .launching, .killing, .clearing, .over:
            return []
        }
    }

    private mutating func afterEnd(at now: Timestamp) -> [Effect] {
        if isStopAsked { return end(as: .stopped) }
        guard restartsByItself else { return end(as: .exited) }
        if let runBegan, now.since(runBegan) >= Self.steadyAfter { pause = Self.pauseFirst }
        // Counts once: a launch that fails after it is no run, and must not be taken for this one.
        runBegan = nil
        state = .pausing(until: now + pause)
        pause = min(pause * 2, Self.pauseMax)
        phase = .restarting
        return [.publish]
    }

    private mutating func end(as last: ReplicaRecord.Phase) -> [Effect] {
        state = .over
        phase = last
        return [.publish, .finish]
    }
}
