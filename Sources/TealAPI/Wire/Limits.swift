/// How much each side of the API takes.
package enum APILimits {
    /// The longest path of a Unix socket, in bytes, on every system that Teal runs on (`sun_path` less its end).
    package static let socketPathBytesMax = 103
    /// The largest request that is not an artifact.
    package static let requestBytesMax = 8 << 20
    /// The largest answer that is not a stream.
    package static let answerBytesMax = 32 << 20
    /// The largest artifact.
    package static let artifactBytesMax = 4 << 30
    /// The most commands of one build.
    package static let buildCommandsMax = 50
    /// How long a build may take.
    package static let buildTimeMax = Duration.seconds(6 * 3600)
    /// The longest line of a stream: one event or one log line with its JSON.
    package static let lineBytesMax = 1 << 20
    /// The most lines of a log that are read from before now.
    package static let logTailMax = 10_000
    /// How long a command that `exec` runs may take.
    package static let execSecondsMax = 3600.0
    /// The longest piece of a command's input or output that is sent at once.
    package static let execPieceBytesMax = 64 << 10
    /// How long a rollout may wait for another one.
    package static let waitSecondsMax = 7 * 86_400.0
    /// The most services that one rollout changes.
    package static let servicesMax = 200
    /// The most replicas of a service.
    package static let replicasMax = 64
    /// The longest span in a service's specification.
    package static let spanMax = Duration.seconds(31 * 86_400)
    /// The largest size in a service's specification.
    package static let sizeBytesMax = 1 << 48
    /// The largest other number in a service's specification.
    package static let countMax = 1_000_000
    /// The longest name of an author, in bytes.
    package static let authorBytesMax = 200
    /// How often a silent stream says that it is alive.
    package static let heartbeat = Duration.seconds(10)
    /// A stream that is silent for this long is lost.
    package static let streamSilenceMax = Duration.seconds(30)
    /// The most streams that are open at the same time; each holds a connection.
    package static let streamsMax = 256
    /// The most rollouts or releases in one list.
    package static let listMax = 500
}
