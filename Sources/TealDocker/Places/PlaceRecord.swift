import TealCore
import TealDriverKit

/// What the runtime remembers of one place, beside the Engine.
///
/// Written before the Engine is asked, so that an address that a container may have is never given again.
struct PlaceRecord: Hashable, Sendable, Codable {
    /// The version of this record's shape.
    var format = 1
    var release: ReleaseID
    /// Its address in the project's network; nil for what was written to be outside of it.
    var address: IPv4Address?
    /// Where it is reached; nil for what has no port.
    var endpoint: Endpoint?
    /// The port inside of the container.
    var port: Int
    /// Its container; nil before one was made.
    ///
    /// A hint: containers are found by their labels.
    var container: String?
    /// The name that Teal gave to the container; nil before one was made.
    var name: String?
    /// What ``ContainerRuntime/setRestartPolicy(_:of:)`` said last.
    var restartPolicy: RestartPolicy = .no
    /// Whether the engine has that policy too; nil where it was not asked, false where it takes no change and Teal's daemon
    /// alone starts again what ended.
    var keepsPolicy: Bool?
    /// Whether Teal stopped it, or never started it.
    var isStopped = true
    /// Whether it is being removed.
    var isGoing = false
    /// What its background work was told last; nil for nothing.
    var activity: Activity?
    /// A container in this place that Teal did not make; nil for none.
    var adopted: Adopted?

    /// A container that carries no label of Teal's: this record alone says what it is.
    struct Adopted: Hashable, Sendable, Codable {
        /// Its id.
        var container: String
        var release: ReleaseID
        /// The network whose address leads to it, whatever that is at each start; nil where the record's endpoint does.
        var network: String?
        /// The ports of the host that it leaves to the switch once it is stopped: then it is made anew without them.
        ///
        /// Nil, as in a record from before there were such, is none.
        var leaves: [HostPort]?
    }

    struct Activity: Hashable, Sendable, Codable {
        var active: Bool
        var call: ActivityCall
        /// How long an answer may take.
        var limit: Duration
        /// The run that has agreed; nil while none has.
        var run: RunID?
    }
}
