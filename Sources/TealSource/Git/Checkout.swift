import Glibc
import TealCore
import TealDriverKit
import TealShimWire

/// A clean checkout of one commit.
struct Checkout {
    let git: GitRun
    let place: WorkPlace
    let commit: GitCommit
    /// Asked while git runs, and how long that may take now.
    let look: () throws(SourceError) -> Void
    let left: () throws(SourceError) -> Duration
    let take: (String) -> Void

    /// Makes it, from nothing but the commit itself where the repository lets that be fetched.
    func make() throws(SourceError) {
        try inBuild { () throws(SystemError) in try Files.makeDirectory(place.tree) }
        // No template, and so no hooks of the host.
        try run(["init", "--quiet", "--template=", "."])
        let repository = "\(git.source.repository)"
        let fetch = ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules"]
        let direct = try attempt(fetch + ["--depth=1", "--", repository, "\(commit)"])
        if direct.code != 0 {
            // A repository that gives out no single commits may give out what leads to them.
            let all = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"]
            let whole = try attempt(fetch + ["--", repository] + all)
            guard whole.code == 0 else { throw GitWords.failure(whole.lines) }
        }
        let checkout = try attempt(["checkout", "--quiet", "--force", "--detach", "\(commit)", "--"])
        guard checkout.code == 0 else {
            let isThere = try attempt(["cat-file", "-e", "\(commit)^{commit}"]).code == 0
            guard isThere else { throw .noSuchCommit(commit) }
            throw .failed(checkout.lines.last ?? "git checkout ended with \(checkout.code)")
        }
        // A tag's own hash leads to a commit, too, and is none.
        guard try attempt(["rev-parse", "HEAD"]).lines.contains("\(commit)") else { throw .noSuchCommit(commit) }
        if Files.exists(place.tree + "/.gitmodules") {
            take("the commit names submodules, which are not fetched; a command of `build` may do that")
        }
    }

    private func run(_ arguments: [String]) throws(SourceError) {
        let end = try attempt(arguments)
        guard end.code == 0 else { throw .failed(end.lines.last ?? "git \(arguments[0]) ended with \(end.code)") }
    }

    private func attempt(_ arguments: [String]) throws(SourceError) -> (code: Int, lines: [String]) {
        var lines: [String] = []
        let limit = try left()
        let end = try git.run(arguments, in: place.tree, within: limit, look: look) { line in
            if lines.count < GitRun.linesMax { lines.append(line) }
        }
        if let reason = end.launchFailure { throw .notLaunched("git", reason: reason) }
        guard !end.timedOut else {
            throw .timedOut(step: "git \(arguments[0])", limit: git.source.timeout, tail: lines.suffix(5))
        }
        return (end.code, lines)
    }
}
