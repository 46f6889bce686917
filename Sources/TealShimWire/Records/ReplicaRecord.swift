package import TealCore

/// How a replica stands, as its shim last wrote it and as it tells those who watch.
package struct ReplicaRecord: Hashable, Sendable {
    /// The version that is written; this one and the one before are read.
    package static let version = 1

    package enum Phase: String, Sendable {
        /// The shim is there, the first process not yet.
        case starting
        case running
        /// It ended, and is started again after a while.
        case restarting
        /// It ended by itself.
        case exited
        /// It was stopped.
        case stopped
    }

    /// How a run ended.
    package struct End: Hashable, Sendable {
        package let code: Int
        package let outOfMemory: Bool

        package init(code: Int, outOfMemory: Bool) {
            self.code = code
            self.outOfMemory = outOfMemory
        }
    }

    /// The release's qualified name.
    package var release: String
    /// Which launch this is, or was: see ``LaunchSpec/launch``.
    package var launch: String = ""
    package var boot: BootID
    package var shim: ProcessIdentity
    package var child: ProcessIdentity?
    /// Counts this shim's runs, from 1; 0 before the first.
    package var run: Int = 0
    package var phase: Phase = .starting
    package var restarts: Int = 0
    package var lastEnd: End?
    package var restartsByItself: Bool = false
    /// What the run was told last of its background work; nil where nothing was said.
    package var isActive: Bool?

    package init(release: String, boot: BootID, shim: ProcessIdentity) {
        self.release = release
        self.boot = boot
        self.shim = shim
    }

    /// The entry in the environment of everything that this shim runs: finds what outlived it.
    package var mark: String { Self.mark(boot: boot, shim: shim) }

    package static func mark(boot: BootID, shim: ProcessIdentity) -> String { "TEAL_RUN=\(boot)/\(shim)" }

    package var line: WireLine {
        var line = WireLine(
            "state",
            [
                "version": "\(Self.version)", "release": release, "boot": "\(boot)", "shim": "\(shim)", "run": "\(run)",
                "phase": phase.rawValue, "restarts": "\(restarts)",
                "policy": restartsByItself ? "unless-stopped" : "no",
            ]
        )
        if !launch.isEmpty { line["launch"] = launch }
        if let isActive { line["active"] = isActive ? "1" : "0" }
        if let child { line["child"] = "\(child)" }
        if let lastEnd {
            line["exit"] = "\(lastEnd.code)"
            line["out-of-memory"] = lastEnd.outOfMemory ? "1" : "0"
        }
        return line
    }

    /// Reads a line.
    package init(_ line: WireLine) throws(RecordError) {
        guard line.verb == "state", let version = line["version"].flatMap({ Int($0) }) else { throw .unreadable }
        guard (Self.version - 1...Self.version).contains(version) else { throw .version(version) }
        guard let release = line["release"], let boot = line["boot"],
            let shim = line["shim"].flatMap({ ProcessIdentity($0) }), let run = line["run"].flatMap({ Int($0) }),
            let phase = line["phase"].flatMap({ Phase(rawValue: $0) }),
            let restarts = line["restarts"].flatMap({ Int($0) }), let policy = line["policy"]
        else { throw .unreadable }
        self.init(release: release, boot: BootID(boot), shim: shim)
        launch = line["launch"] ?? ""
        child = line["child"].flatMap { ProcessIdentity($0) }
        self.run = run
        self.phase = phase
        self.restarts = restarts
        restartsByItself = policy == "unless-stopped"
        isActive = line["active"].map { $0 == "1" }
        lastEnd = line["exit"].flatMap { Int($0) }.map { .init(code: $0, outOfMemory: line["out-of-memory"] == "1") }
    }

    /// Reads the state file; nil when there is none, or one that cannot be used, which is then the same.
    package static func read(_ files: ReplicaFiles) throws(SystemError) -> ReplicaRecord? {
        guard let text = try Files.text(files.state), let end = text.firstIndex(of: "\n"),
            let line = WireLine(parsing: text[..<end])
        else { return nil }
        // A record of no use says as little as none: whether something runs is told by the lock.
        return try? ReplicaRecord(line)
    }

    /// Writes the state file durably; on a full disk over the old one.
    package func write(_ files: ReplicaFiles) throws(SystemError) {
        do throws(SystemError) {
            try Files.replace(files.state, with: line.bytes)
        } catch {
            guard Files.exists(files.state) else { throw error }
            try Files.overwrite(files.state, with: line.bytes)
        }
    }
}
