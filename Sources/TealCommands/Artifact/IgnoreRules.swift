import TealCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What of an artifact's directory is left out: what is secret or git's, and what a `.tealignore` names.
struct IgnoreRules: Sendable {
    /// The name of the file with a person's own patterns.
    static let fileName = ".tealignore"
    /// The largest such file, in bytes.
    static let fileBytesMax = 64 << 10

    /// What happens to one thing in the directory.
    enum Verdict: Hashable {
        case packed
        /// It is packed, but by its name somebody may not have meant that.
        case packedThoughSecret
        case leftOut
        /// Left out by itself, as it may hold secrets.
        case leftOutAsSecret
    }

    /// A file, whatever it is called.
    private struct Identity: Hashable {
        let device: UInt64
        let number: UInt64
    }

    private struct Rule {
        /// The artifact's directory as the pattern's own directory sees it, with a slash at its end; empty when it is
        /// the same.
        let prefix: String
        let pattern: IgnorePattern
    }

    private let rules: [Rule]
    private let secretsFiles: Set<Identity>
    private let envFiles: Set<Identity>

    /// Reads `.tealignore` in the artifact's directory and in the project's, whose patterns count from there.
    ///
    /// - Parameters:
    ///   - artifact: The artifact's directory.
    ///   - project: The directory of the project's file; nil for none.
    ///   - secretsFiles: Never packed, wherever they are.
    ///   - envFiles: Not packed unless a pattern says so.
    /// - Throws: A ``Problem`` when a `.tealignore` cannot be read.
    init(
        artifact: String,
        project: String? = nil,
        secretsFiles: [String] = [],
        envFiles: [String] = []
    ) throws(Problem) {
        var rules: [Rule] = []
        if let project, artifact.hasPrefix(project + "/") {
            let prefix = artifact.dropFirst(project.count + 1) + "/"
            rules += try Self.patterns(in: project).map { Rule(prefix: String(prefix), pattern: $0) }
        }
        rules += try Self.patterns(in: artifact).map { Rule(prefix: "", pattern: $0) }
        self.rules = rules
        self.secretsFiles = Set(secretsFiles.flatMap(Self.identities))
        self.envFiles = Set(envFiles.flatMap(Self.identities))
    }

    /// What happens to the thing at a path from the artifact's directory.
    ///
    /// What is in a directory that is left out is not asked about.
    func verdict(_ path: String, _ facts: stat) -> Verdict {
        let isDirectory = facts.st_mode & S_IFMT == S_IFDIR
        let name = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[path.index(after: $0)...]) } ?? path
        let identity = Self.identity(facts)
        if name == ".teal" || secretsFiles.contains(identity) { return .leftOutAsSecret }
        if name == Self.fileName || name == ".git" { return .leftOut }
        let isPrivate = name == ".env" || envFiles.contains(identity)
        var isLeftOut = isPrivate
        var isNamed = false
        for rule in rules where rule.pattern.matches(rule.prefix + path, isDirectory: isDirectory) {
            isLeftOut = !rule.pattern.isNegated
            isNamed = true
        }
        if isLeftOut { return isPrivate ? .leftOutAsSecret : .leftOut }
        // Who names it, wants it.
        return !isNamed && !isDirectory && Self.looksSecret(name) ? .packedThoughSecret : .packed
    }

    private static func looksSecret(_ name: String) -> Bool {
        if ["id_rsa", "id_ecdsa", "id_ed25519", ".netrc", ".pgpass"].contains(name) { return true }
        if name.hasSuffix(".key") || (name.contains("secrets") && name.hasSuffix(".env")) { return true }
        guard name.hasPrefix(".env.") else { return false }
        return ![".example", ".sample", ".template", ".dist", ".defaults"].contains { name.hasSuffix($0) }
    }

    private static func patterns(in directory: String) throws(Problem) -> [IgnorePattern] {
        let path = "\(directory)/\(fileName)"
        var facts = stat()
        guard stat(path, &facts) == 0 else { return [] }
        guard facts.st_mode & S_IFMT == S_IFREG, facts.st_size <= fileBytesMax else {
            throw ArtifactArchive.unreadable(path, "it is no file of at most \(Words.bytes(fileBytesMax))")
        }
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw ArtifactArchive.unreadable(path, "permission denied")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw ArtifactArchive.unreadable(path, "it is not UTF-8 text")
        }
        return text.split(whereSeparator: \.isNewline).compactMap { IgnorePattern(line: $0) }
    }

    /// A file and the link that leads to it; nothing for what is not there.
    private static func identities(_ path: String) -> [Identity] {
        var (file, link) = (stat(), stat())
        var found: [Identity] = []
        if stat(path, &file) == 0 { found.append(identity(file)) }
        if lstat(path, &link) == 0 { found.append(identity(link)) }
        return found
    }

    private static func identity(_ facts: stat) -> Identity {
        Identity(device: UInt64(truncatingIfNeeded: facts.st_dev), number: UInt64(facts.st_ino))
    }
}
