package import TealCore

/// That a once-only run was begun, and by whom.
package struct OnceRecord: Hashable, Sendable {
    package static let version = 1

    package let boot: BootID
    /// Its runner.
    package let shim: ProcessIdentity
    /// How long it may take; 0 for no limit.
    package let limitMilliseconds: Int64
    /// Its first process, once it has been launched.
    package var child: ProcessIdentity?

    package init(boot: BootID, shim: ProcessIdentity, limitMilliseconds: Int64) {
        self.boot = boot
        self.shim = shim
        self.limitMilliseconds = limitMilliseconds
    }

    /// The entry in the environment of everything that it runs.
    package var mark: String { ReplicaRecord.mark(boot: boot, shim: shim) }

    package var line: WireLine {
        var line = WireLine(
            "begun",
            ["version": "\(Self.version)", "boot": "\(boot)", "shim": "\(shim)", "limit-ms": "\(limitMilliseconds)"]
        )
        if let child { line["child"] = "\(child)" }
        return line
    }

    /// Reads a line; nil for one that is no such record.
    package init?(_ line: WireLine) {
        guard line.verb == "begun", let boot = line["boot"],
            let shim = line["shim"].flatMap({ ProcessIdentity($0) })
        else { return nil }
        self.init(boot: BootID(boot), shim: shim, limitMilliseconds: line["limit-ms"].flatMap { Int64($0) } ?? 0)
        child = line["child"].flatMap { ProcessIdentity($0) }
    }

    /// Reads the file; nil when there is none, or one that cannot be used.
    package static func read(_ files: ReplicaFiles) throws(SystemError) -> OnceRecord? {
        guard let text = try Files.text(files.begun), let end = text.firstIndex(of: "\n") else { return nil }
        return WireLine(parsing: text[..<end]).flatMap { OnceRecord($0) }
    }

    /// Whether its limit has passed at a moment of its boot.
    package func isOverdue(at now: Timestamp) -> Bool {
        guard limitMilliseconds > 0 else { return false }
        return now.since(shim.started) >= .milliseconds(limitMilliseconds)
    }
}

/// How a once-only run ended.
package struct OnceEnd: Hashable, Sendable {
    package static let version = 1
    /// How many of the last lines are kept.
    package static let tailLinesMax = 50
    /// The code that a shell gives for a program that is not there.
    package static let notFoundCode = 127
    /// The code that a shell gives for a program that cannot be executed.
    package static let notExecutableCode = 126

    package let code: Int
    package let timedOut: Bool
    /// Why it could not be launched; nil when it was.
    package let launchFailure: String?

    package init(code: Int, timedOut: Bool, launchFailure: String?) {
        self.code = code
        self.timedOut = timedOut
        self.launchFailure = launchFailure
    }

    package var line: WireLine {
        var line = WireLine(
            "end",
            ["version": "\(Self.version)", "exit": "\(code)", "timed-out": timedOut ? "1" : "0"]
        )
        line["launch-failure"] = launchFailure
        return line
    }

    /// Reads a line; nil for one that is no end.
    package init?(_ line: WireLine) {
        guard line.verb == "end", let code = line["exit"].flatMap({ Int($0) }) else { return nil }
        self.init(code: code, timedOut: line["timed-out"] == "1", launchFailure: line["launch-failure"])
    }
}

/// How a once-only run stands, from its directory and `/proc` alone.
package enum OnceStanding: Hashable, Sendable {
    /// Nothing was begun.
    case neverBegun
    case running
    /// Its runner is gone and left no end behind, so none will be known; something that it started still runs.
    case orphaned(OnceRecord)
    case ended(OnceEnd)
    /// It was begun, nothing of it runs any more, and it left no end behind.
    case unknown

    /// Decides.
    ///
    /// Right at any moment, also after a kill or a reboot.
    package static func read(_ files: ReplicaFiles) throws(SystemError) -> OnceStanding {
        if let end = try end(files) { return .ended(end) }
        if try FileLock.isHeld(files.lock) { return .running }
        // The runner may have ended between the two looks above.
        if let end = try end(files) { return .ended(end) }
        guard let record = try OnceRecord.read(files) else {
            return Files.exists(files.begun) ? .unknown : .neverBegun
        }
        // Twice: what forks while all processes are looked at may be missed once.
        let isQuiet = Leftovers.find(record).isEmpty && Leftovers.find(record).isEmpty
        return isQuiet ? .unknown : .orphaned(record)
    }

    private static func end(_ files: ReplicaFiles) throws(SystemError) -> OnceEnd? {
        guard let text = try Files.text(files.end), let last = text.firstIndex(of: "\n"),
            let line = WireLine(parsing: text[..<last])
        else { return nil }
        return OnceEnd(line)
    }
}
