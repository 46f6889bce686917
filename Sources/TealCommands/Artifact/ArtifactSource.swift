#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An artifact on the person's machine, and what of it is left out.
struct ArtifactSource: Sendable {
    /// An absolute path.
    let path: String
    let rules: IgnoreRules

    /// Whether a directory is at `path`, which is packed here; a tarball is handed over as it is.
    static func isDirectory(_ path: String) -> Bool {
        var facts = stat()
        return stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
    }
}
