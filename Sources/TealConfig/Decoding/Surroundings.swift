/// What a configuration file is read in.
struct Surroundings {
    /// The directory of the file, an absolute path.
    let directory: String
    let findings: Findings
    let privateFiles = PrivateFiles()

    func absolute(_ path: String) -> String { LocalFile.absolute(path, from: directory) }
}

/// What is said to a person beside the values.
struct Notes {
    /// What was assumed because it was not written.
    var assumptions: [String] = []
    /// What works, but should be looked at.
    var warnings: [String] = []
}
