package import TealCore

/// That a once-only run was begun, and by whom.
package struct OnceRecord: Hashable, Sendable {
    package static let version = 1

    package let boot: BootID
    package let shim: ProcessIdentity

    package init(boot: BootID, shim: ProcessIdentity) {
        self.boot = boot
        self.shim = shim
    }

    package var line: WireLine {
        .init("begun", ["version": "\(Self.version)", "boot": "\(boot)", "shim": "\(shim)"])
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

/// How a once-only run stands, from its directory alone.
package enum OnceStanding: Hashable, Sendable {
    /// Nothing was begun.
    case neverBegun
    case running
    case ended(OnceEnd)
    /// It was begun, does not run any more, and left no end behind.
    case unknown

    /// Decides.
    ///
    /// Right at any moment, also after a kill or a reboot.
    package static func read(_ files: ReplicaFiles) throws(SystemError) -> OnceStanding {
        if let end = try end(files) { return .ended(end) }
        if try FileLock.isHeld(files.lock) { return .running }
        // The runner may have ended between the two looks above.
        if let end = try end(files) { return .ended(end) }
        return Files.exists(files.begun) ? .unknown : .neverBegun
    }

    private static func end(_ files: ReplicaFiles) throws(SystemError) -> OnceEnd? {
        guard let text = try Files.text(files.end), let last = text.firstIndex(of: "\n"),
            let line = WireLine(parsing: text[..<last])
        else { return nil }
        return OnceEnd(line)
    }
}
