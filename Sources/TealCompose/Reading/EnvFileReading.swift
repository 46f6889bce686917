/// Reads env files with problems that name the file's line.
struct EnvFileReading {
    let problems: ProblemList
    /// What the file is, in words.
    var kind = "env file"

    /// Adds what the file at `path` says to `values`.
    ///
    /// - Parameters:
    ///   - path: The file, absolute.
    ///   - values: What earlier files said.
    ///   - place: Where the file is named, for a file that cannot be read.
    ///   - key: The key that names it.
    ///   - lookup: The value of a variable before `values` are asked.
    func read(
        _ path: String,
        into values: inout [String: String],
        namedAt place: SourcePlace,
        _ key: NodePath,
        lookup: @escaping (String) -> String?
    ) {
        let text: String
        do {
            text = try LocalFile.text(path)
        } catch {
            problems.add(
                .envFile,
                at: place,
                key,
                value: path,
                "the \(kind) \(error.phrase)",
                error.advice ?? "Write it, or correct its path."
            )
            return
        }
        do {
            try DotEnv.read(text, into: &values, lookup: lookup) { line, name in
                let place = SourcePlace(file: path, line: line, column: 1)
                problems.warn(at: place, "the variable \(name) is not set; it is taken as empty")
            }
        } catch {
            let place = SourcePlace(file: path, line: error.line, column: 1)
            problems.add(.envFile, at: place, error.message, error.suggestion)
        }
    }
}
