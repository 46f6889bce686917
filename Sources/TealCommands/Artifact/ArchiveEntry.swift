/// One entry of an artifact's archive, with everything that its header says.
struct ArchiveEntry: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case directory
        case file(bytes: Int, isExecutable: Bool)
        case link(target: String)
    }

    /// From the artifact's root, without a slash at either end.
    let path: String
    let kind: Kind

    /// The bytes of content that follow the header, without padding.
    var contentBytes: Int { if case .file(let bytes, _) = kind { bytes } else { 0 } }
}
