/// One thing in a tar archive, with a path that was checked.
struct TarEntry: Hashable {
    enum Kind: Hashable {
        case file(bytes: Int)
        case directory
        case symbolicLink(target: String)
        /// Another name of a file that came before.
        case hardLink(target: [String])
    }

    /// Path segments below the archive's root; empty for the root itself.
    ///
    /// Never `.` or `..`.
    let path: [String]
    let kind: Kind
    let isExecutable: Bool
}

/// Why an archive is not unpacked.
enum TarError: Error, Hashable, CustomStringConvertible {
    case cutShort
    case badHeader
    case tooLarge(String)
    /// The entry's path leads outside.
    case outside(String)
    /// A device, a pipe, a sparse file and the like.
    case unsupported(String, type: String)
    /// A link whose target leads outside, or may.
    case linkOutside(String, target: String)
    /// An entry lies below something that is no directory, or in place of something else.
    case inTheWay(String)
    case compressed(String)

    var description: String {
        switch self {
        case .cutShort: "the archive is cut short"
        case .badHeader: "the archive has a damaged header"
        case .tooLarge(let what): "the archive is too large: \(what)"
        case .outside(let path): "'\(path)' leads outside of the artifact"
        case .unsupported(let path, let type): "'\(path)' is \(type), which an artifact cannot hold"
        case .linkOutside(let path, let target): "the link '\(path)' leads to '\(target)', outside of the artifact"
        case .inTheWay(let path): "'\(path)' lies below or in place of another entry"
        case .compressed(let how): "the archive is compressed with \(how); use gzip or none"
        }
    }
}
