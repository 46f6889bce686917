/// What holds while one set of files is read: the person's files, or those of one `include`.
struct LoadContext: Sendable {
    /// What relative paths begin at; relative itself below an `include`, whose result is resolved again by who includes.
    let pathDirectory: String
    /// Where files that are named in these files are looked for; absolute.
    let directory: String
    let environment: [String: String]
    /// The files that led here, outermost first.
    var chain: [String] = []

    /// What the directory of a file is for paths in it, as seen from `directory`.
    func relativeDirectory(of path: String) -> String {
        let path = PathText.absolute(path, from: directory)
        let folder = LocalFile.isDirectory(path) ? path : PathText.directory(path)
        return PathText.relative(folder, to: directory) ?? folder
    }
}
