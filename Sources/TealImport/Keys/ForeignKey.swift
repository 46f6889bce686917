/// What is to be known about one key of a foreign file: the one source of its report and of `docs/import.md`.
package struct ForeignKey: Hashable, Sendable {
    package let name: String
    /// Other ways to write it.
    package let aliases: [String]
    /// What usually becomes of it.
    package let fate: Fate
    /// The key of `teal.yml` that it becomes; empty for none.
    package let becomes: String
    /// How it is different, or why it is not carried over, without a full stop; empty where it means the same.
    package let text: String
    /// What to do about it, a sentence; empty for nothing.
    package let next: String
    /// A value as the file would have it.
    package let example: String

    init(
        _ name: String,
        _ fate: Fate,
        becomes: String = "",
        aliases: [String] = [],
        example: String = "true",
        next: String = "",
        _ text: String = ""
    ) {
        self.name = name
        self.aliases = aliases
        self.fate = fate
        self.becomes = becomes
        self.text = text
        self.next = next
        self.example = example
    }

    /// Every way to write it, its name first.
    package var spellings: [String] { [name] + aliases }
}

/// The keys of one object of a foreign file, as a table of `docs/import.md`.
package struct ForeignTable: Sendable {
    package let title: String
    package let introduction: String
    package let keys: [ForeignKey]
}
