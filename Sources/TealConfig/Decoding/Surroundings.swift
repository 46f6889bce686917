import TealCore

/// What a configuration file is read in.
struct Surroundings {
    /// The directory of the file, an absolute path.
    let directory: String
    let findings: Findings
    let privateFiles = PrivateFiles()
    /// What variables in Compose files stand for, below those of their own env files: the variables of the caller.
    var variables: [String: String] = [:]
    /// Images that were named for services on the command line, instead of those that the files name.
    var images: [ServiceName: String] = [:]
    /// How the services are worked on; nil for a release.
    var development: Development?

    var isDevelopment: Bool { development != nil }

    func absolute(_ path: String) -> String { LocalFile.absolute(path, from: directory) }
}

/// What is said to a person beside the values.
struct Notes {
    /// What was assumed because it was not written.
    var assumptions: [String] = []
    /// What works, but should be looked at.
    var warnings: [String] = []
}
