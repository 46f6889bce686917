/// What became of every key of a foreign file.
package struct ImportReport: Hashable, Sendable {
    /// In file order, the parts of a key behind it.
    package let entries: [ImportEntry]
    /// What may not work as it did, and should be looked at, a sentence each.
    package let warnings: [String]
    /// What was assumed because the file does not say it, a sentence each.
    package let assumptions: [String]

    package func entries(_ fate: Fate) -> [ImportEntry] { entries.filter { $0.fate == fate } }
}

/// What can become of a key.
package enum Fate: String, Hashable, Sendable, Codable, CaseIterable {
    /// It means the same in `teal.yml`.
    case carried
    /// It is in `teal.yml`, and means something else, or stands elsewhere.
    case changed
    /// It is not in `teal.yml`.
    case dropped
}

/// What became of one key.
package struct ImportEntry: Hashable, Sendable, Codable {
    /// The key with its whole path, such as `apps[0].kill_timeout`; never its value, which may be secret.
    package let key: String
    /// The file that it stands in, where that is not the one that was named.
    package let file: String?
    /// Where it is written; nil where the file was evaluated.
    package let line: Int?
    package let fate: Fate
    /// What stands in `teal.yml` for it, such as `services.web.stop.grace: 5s`; nil for nothing.
    package let became: String?
    /// How it is different, or why it is not there; empty where nothing is to be said.
    package let text: String
    /// What to do about it; empty for nothing.
    package let next: String
}
