import TealCore
import TealDriverKit
import TealShimWire

/// Asks a repository which commit a ref stands for (git-ls-remote(1)).
struct RefLookup {
    /// How long that may take.
    static let limit = Duration.seconds(60)

    let git: GitRun
    let ref: GitRef

    /// The commit.
    ///
    /// Blocks.
    func commit(in directory: String, look: () throws(SourceError) -> Void) throws(SourceError) -> GitCommit {
        // What an annotated tag leads to has a name of its own.
        let patterns = ref.fullNames.flatMap { [$0, $0 + "^{}"] }
        var lines: [String] = []
        let end = try git.run(
            ["ls-remote", "--quiet", "--", "\(git.source.repository)"] + patterns,
            in: directory,
            within: Self.limit,
            look: look
        ) { line in
            if lines.count < GitRun.linesMax { lines.append(line) }
        }
        if let reason = end.launchFailure { throw .notLaunched("git", reason: reason) }
        if end.timedOut { throw .timedOut(step: "git ls-remote", limit: Self.limit, tail: lines.suffix(5)) }
        guard end.code == 0 else { throw GitWords.failure(lines) }
        return try Self.choose(ref, among: Self.read(lines))
    }

    /// The lines that name refs; what else was said is left out.
    static func read(_ lines: [String]) -> [String: GitCommit] {
        var refs: [String: GitCommit] = [:]
        for line in lines {
            let parts = line.split(separator: "\t", maxSplits: 1)
            guard parts.count == 2, let commit = try? GitCommit(parsing: parts[0]) else { continue }
            refs[String(parts[1])] = commit
        }
        return refs
    }

    /// The commit of a ref among those that a repository has.
    static func choose(_ ref: GitRef, among refs: [String: GitCommit]) throws(SourceError) -> GitCommit {
        // A pattern also finds names that only end like it.
        let found = ref.fullNames.compactMap { name in refs[name + "^{}"] ?? refs[name] }
        guard let first = found.first else { throw .noSuchRef(ref) }
        guard found.allSatisfy({ $0 == first }) else { throw .ambiguousRef(ref) }
        return first
    }
}
