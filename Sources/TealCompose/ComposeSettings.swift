/// What says which Compose files are read, and how.
package struct ComposeSettings: Hashable, Sendable {
    /// The files, each laid over those before it; `-` for standard input.
    ///
    /// Empty for the usual names.
    package var files: [String]
    /// Files with variables, instead of the `.env` of the project's directory.
    package var envFiles: [String]
    /// The profiles to enable; `*` for all.
    package var profiles: [String]
    /// What relative paths begin at, instead of the first file's directory.
    package var projectDirectory: String?
    /// The project's name, instead of `name` in the files.
    package var projectName: String?
    /// The variables of the process.
    package var environment: [String: String]
    /// The working directory of the process; absolute.
    package var workingDirectory: String

    /// The settings of a command line; the working directory is the process's own when none is given.
    package init(
        files: [String] = [],
        envFiles: [String] = [],
        profiles: [String] = [],
        projectDirectory: String? = nil,
        projectName: String? = nil,
        environment: [String: String],
        workingDirectory: String? = nil
    ) {
        self.files = files
        self.envFiles = envFiles
        self.profiles = profiles
        self.projectDirectory = projectDirectory
        self.projectName = projectName
        self.environment = environment
        self.workingDirectory = workingDirectory ?? LocalFile.workingDirectory
    }
}
