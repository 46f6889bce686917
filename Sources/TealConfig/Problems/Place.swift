/// A place in a text file; both numbers begin at 1.
package struct Place: Hashable, Sendable, Comparable, Codable {
    package let line: Int
    /// Counted in Unicode scalars.
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// The file's beginning, for findings about a file as a whole.
    package static let start = Place(line: 1, column: 1)

    package static func < (one: Self, other: Self) -> Bool { (one.line, one.column) < (other.line, other.column) }
}
