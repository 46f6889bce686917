/// What tells one engine from another: its ID, and where it keeps everything.
///
/// Two engines of one machine may have the same ID, when they read the same key (Docker 20.10), but never the same
/// directory.
package struct EngineMark: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The version of this record's shape.
    private var format = 1
    let id: String
    let root: String

    init(id: String, root: String) {
        self.id = id
        self.root = root
    }

    package var description: String { "\(id) in \(root)" }
}
