/// The words of the shim's control socket.
///
/// The client says `hello least=<v> most=<v>`; the shim answers `hello version=<v>` with the highest that both know, or
/// `refused` and closes. Then each request line gets one answer, `ok` or `refused reason=…`; a watcher gets `state`
/// lines between them. Unknown names in a line are ignored.
package enum ShimProtocol {
    /// What this build speaks: the present version and, from the second on, the one before.
    package static let versions = 1...1
    /// How many connections a shim keeps at once; further ones are closed.
    package static let connectionsMax = 16
    /// How many bytes a shim keeps for a watcher that does not read, before it closes the connection.
    package static let backlogBytesMax = 64 << 10

    package enum Verb: String, Sendable {
        case hello
        /// Answered with one `state` line.
        case state
        /// Answered with `ok`; `state` lines follow, one now and one at each change.
        case watch
        /// `signal`, `grace-ms`. Answered when nothing of the replica runs any more.
        case stop
        /// `value`: `no` or `unless-stopped`. Answered when it is on disk.
        case policy
        /// `value`: `0` or `1`, the `TEAL_ACTIVE` of later runs. The one that runs is told by other means.
        case active
        /// `number`. Sent to the replica's first process.
        case signal
        case ok
        case refused
    }

    /// The highest version in both ranges; nil when there is none.
    package static func common(least: Int, most: Int, with own: ClosedRange<Int> = versions) -> Int? {
        let highest = min(most, own.upperBound)
        return highest >= max(least, own.lowerBound) ? highest : nil
    }
}
