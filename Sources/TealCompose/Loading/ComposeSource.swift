/// One Compose file that is to be read.
struct ComposeSource: Hashable, Sendable {
    /// Where it is, absolute; `-` for standard input.
    let path: String
    /// How it is called in messages.
    let name: String
    /// Its text, when it has been read already.
    var text: String?
}
