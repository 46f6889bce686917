import TealCore
import TealDriverKit

/// What the runtime remembers of a once-only run.
///
/// Written when its container was made and before it is started: a container that only was made has done nothing.
struct OnceRecord: Hashable, Sendable, Codable {
    var format = 1
    /// As the engine gave it; the file's name is its hash.
    var name: String
    var release: ReleaseID
    var container: String
    var timeout: Duration
    /// The boot in which it was begun; nil in what was recorded before this was.
    var boot: BootID?
    /// Whether its limit ended it.
    var isOverdue = false
    /// How it ended; nil until that was seen.
    ///
    /// Its lines are Teal's own: what it wrote itself is left where it is.
    var end: CommandResult?
}
