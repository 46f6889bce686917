/// One YAML document of a Compose file.
struct ComposeDocument: Sendable {
    var root: ComposeNode
    /// Where `!reset` and `!override` stood: what earlier files and an extended service say there is dropped.
    var resets: [PathPattern]
}
