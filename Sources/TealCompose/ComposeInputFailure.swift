/// Why standard input could not be read.
package struct ComposeInputFailure: Error, Hashable, Sendable {
    /// For use behind a file's name: `is larger than 4 MiB`.
    package let phrase: String

    package init(phrase: String) { self.phrase = phrase }

    /// The process's standard input to its end.
    package static func processInput() -> Result<String, ComposeInputFailure> {
        do {
            return .success(try LocalFile.standardInput())
        } catch {
            return .failure(ComposeInputFailure(phrase: error.phrase))
        }
    }
}
