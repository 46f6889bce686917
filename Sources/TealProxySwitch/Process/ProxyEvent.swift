/// Something that happened to the proxy's process, for the log and for checking the table again.
package enum ProxyEvent: Hashable, Sendable {
    /// A proxy that was not started now answers.
    case adopted(ProxyRun)
    /// A proxy was started and answers; it follows the table that it had stored.
    case started(ProxyRun)
    /// The proxy died; `exit` where it was a child of this process.
    case died(ProxyRun, exit: ProxyExit?)
    /// It could not be started; the next try is `after` this long.
    case failed(ProxyProcessError, after: Duration)
}

/// One run of the proxy.
package struct ProxyRun: Hashable, Sendable {
    package let processID: Int32
    /// Random for each run, as ``TrafficCounters`` shows it too.
    package let incarnation: String

    package init(processID: Int32, incarnation: String) {
        self.processID = processID
        self.incarnation = incarnation
    }
}

/// Why no proxy runs that answers.
package enum ProxyProcessError: Error, Hashable, Sendable {
    /// The program could not be started: its path, and why.
    case notStarted(program: String, reason: String)
    /// The state directory or the log cannot be made or written.
    case stateUnusable(path: String, reason: String)
    /// It ended before it answered; the last lines of its log, oldest first.
    case endedAtOnce(ProxyExit, log: [String])
    /// It runs, or another one holds the lock, and does not answer on the control socket.
    case noAnswer(within: Duration, log: [String])
    case cancelled
}
