/// A place in a file; both numbers begin at 1.
package struct SourcePlace: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The file's path as it was given or found; `-` for standard input.
    package let file: String
    package let line: Int
    /// Counted in Unicode scalars.
    package let column: Int

    package init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// The file's beginning, for what concerns a file as a whole.
    package static func start(of file: String) -> Self { Self(file: file, line: 1, column: 1) }

    /// What comes from no file: an option, or the surroundings.
    package static let nowhere = SourcePlace(file: "", line: 0, column: 0)

    /// `compose.yml:12`, or the file alone where there is no line.
    package var description: String { line > 0 ? "\(file):\(line)" : file }
}
