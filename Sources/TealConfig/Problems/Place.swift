package import TealCompose

/// A place in a text file; both numbers begin at 1.
package struct Place: Hashable, Sendable, Comparable, Codable {
    package let line: Int
    /// Counted in Unicode scalars.
    package let column: Int
    /// The file where it is another one than the configuration file, such as a Compose file.
    package let file: String?

    package init(line: Int, column: Int, file: String? = nil) {
        self.line = line
        self.column = column
        self.file = file
    }

    /// A place in a Compose file.
    package init(_ place: SourcePlace) { self.init(line: place.line, column: place.column, file: place.file) }

    /// The same for a problem, which names its file by itself.
    var withoutFile: Self { Self(line: line, column: column) }

    /// `line 7`, or `compose.yml:7` where that is another file.
    var words: String { file.map { "\($0):\(line)" } ?? "line \(line)" }

    /// The file's beginning, for findings about a file as a whole.
    package static let start = Place(line: 1, column: 1)

    package static func < (one: Self, other: Self) -> Bool {
        (one.file ?? "", one.line, one.column) < (other.file ?? "", other.line, other.column)
    }
}
