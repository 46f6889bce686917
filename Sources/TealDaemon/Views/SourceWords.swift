import TealAPI
import TealCore
import TealDriverKit
import TealEngine
import TealProcess

/// The words for sources: which commit, what happens to it, and why there is no artifact of it.
enum SourceWords {
    /// `commit 1a2b3c4d5e6f of main`, and whether it has to be built.
    static func content(_ source: PlannedSource) -> String {
        "commit \(source.commit.prefix(12))" + (source.ref == source.commit ? "" : " of \(source.ref)")
            + (source.built ? "" : ", which the deploy builds first")
    }

    /// What a plan says of a release that was built on the host; nil for others.
    static func planned(_ release: Release) -> PlannedSource? {
        guard case .git(let source) = release.spec.source, let commit = release.gitCommit else { return nil }
        return PlannedSource(repository: "\(source.repository)", ref: "\(source.ref)", commit: commit, built: true)
    }

    /// What of the sources is written otherwise; values of variables never.
    static func differences(from old: GitSource, to new: GitSource) -> [String] {
        var lines: [String] = []
        func compare<Value: Equatable>(_ name: String, _ path: KeyPath<GitSource, Value>, _ text: (Value) -> String?) {
            guard old[keyPath: path] != new[keyPath: path] else { return }
            let texts = [old, new].compactMap { text($0[keyPath: path]) }
            lines.append(texts.count == 2 ? "source.\(name): \(texts[0]) -> \(texts[1])" : "source.\(name) changed")
        }
        compare("repository", \.repository) { "\($0)" }
        compare("ref", \.ref) { "\($0)" }
        compare("directory", \.directory) { $0 ?? "." }
        compare("build", \.commands) { _ in nil }
        compare("output", \.output) { $0 }
        compare("env", \.environment) { _ in nil }
        compare("secrets", \.secrets) { $0.isEmpty ? "none" : $0.joined(separator: ", ") }
        compare("timeout", \.timeout) { ProbeWords.seconds($0) }
        compare("login", \.login) { _ in nil }
        compare("artifactMax", \.artifactBytesMax) { "\($0 >> 20)m" }
        compare("diskMax", \.diskBytesMax) { "\($0 >> 20)m" }
        return lines
    }

    static func resolved(_ order: BuildOrder) -> String {
        "commit \(order.commit)" + (order.source.ref.commit == nil ? " of \(order.source.ref)" : "")
            + " in \(order.source.repository)"
    }

    /// A note as the API has it.
    static func event(_ note: BuildNote) -> (BuildEvent.Kind, String) {
        switch note {
        case .waiting: (.waiting, "waits for another build")
        case .fetching(let commit): (.fetching, "fetches \(commit.short)")
        case .command(let text, let number, let count): (.command, "\(number)/\(count) \(text)")
        case .output(let line): (.output, line)
        case .packing: (.packing, "packs what was built")
        }
    }

    static func notBuilt(_ service: ServiceName) -> Problem {
        Problem(
            "deploy.not-built",
            "nothing has been changed: the commit to release of \(service) was not built for this deploy",
            next: ["Deploy with the `teal` command, which has it built first"]
        )
    }

    static func secretsMissing(_ service: ServiceName, _ error: SecretError) -> Problem {
        Problem(
            "deploy.secrets-missing",
            "nothing has been changed: the build of \(service) needs secrets without a value: \(SecretWords.text(error))",
            next: ["Add them to the project's secrets file and deploy again"]
        )
    }

    /// Why sources of a service could not be built.
    static func problem(_ error: SourceError, _ source: GitSource, of service: ServiceName) -> Problem {
        let (code, why, at, next) = parts(error, source)
        return Problem(
            code,
            "nothing has been changed: \(why)",
            at: ["\(service) from \(source.repository), \(source.ref)"] + at,
            next: next
        )
    }

    /// What helps somebody who may not read a repository.
    private static func access(_ source: GitSource) -> String {
        if let login = source.login { return "See that \(login.secret) still is good for it, and may read it" }
        return source.repository.way == .ssh
            ? "Name a deploy key's secret as `source.key`, or give the daemon's user one"
            : "Name a token's secret as `source.password`, with `source.username`"
    }

    private static func parts(
        _ error: SourceError,
        _ source: GitSource
    ) -> (code: String, why: String, at: [String], next: [String]) {
        switch error {
        case .noGit:
            let next = "Install it there, with `apt install git`"
            return ("source.no-git", "git is not installed on the server", [], [next])
        case .noSuchRef(let ref):
            let why = "the repository has no branch and no tag \(ref)"
            return ("source.no-such-ref", why, [], ["Push it, or correct `source.ref`"])
        case .ambiguousRef(let ref):
            let why = "the repository has both a branch and a tag \(ref)"
            return ("source.ambiguous-ref", why, [], ["Write `ref: refs/heads/\(ref)` or `ref: refs/tags/\(ref)`"])
        case .noSuchCommit(let commit):
            let why = "the repository has no commit \(commit)"
            return ("source.no-such-ref", why, [], ["Push it, or correct `source.ref`"])
        case .denied(let reason):
            let why = "the repository does not let this host read it: \(reason)"
            return ("source.denied", why, [], [access(source)])
        case .unknownHost(let reason):
            let next = "Write the server's key into /etc/ssh/ssh_known_hosts there, once you have compared it"
            return ("source.unknown-host", "ssh does not know the repository's server: \(reason)", [], [next])
        case .unreachable(let reason):
            let next = "See that the server reaches it: `git ls-remote \(source.repository)`"
            return ("source.unreachable", "the repository cannot be read: \(reason)", [], [next])
        case .timedOut(let step, let limit, let tail):
            let why = "`\(step)` was not done when the build's \(ProbeWords.seconds(limit)) were over"
            return ("source.timeout", why, tail, ["Raise `source.timeout`, or let the build do less"])
        case .commandFailed(let command, let code, let tail):
            let next = "Mend the build, push, and deploy again"
            return ("source.build-failed", "`\(command)` ended with \(code)", tail, [next])
        case .notLaunched(let command, let reason):
            let next = "Install it on the server for the daemon's user, or correct `source.build`"
            return ("source.build-failed", "`\(command)` could not be run: \(reason)", [], [next])
        case .noDirectory(let path):
            return ("source.no-output", "the commit has no directory \(path)", [], ["Correct `source.directory`"])
        case .noOutput(let path):
            return ("source.no-output", "the build has made no directory \(path)", [], ["Correct `source.output`"])
        case .outside(let path):
            let why = "the directory \(path) leads out of the checkout"
            return ("source.no-output", why, [], ["Let it be a directory of its own, and no link"])
        case .artifactTooLarge(let bytesMax):
            let why = "what was built is larger than the \(bytesMax >> 20) MiB that an artifact may have"
            let next = "Leave out what it does not need to run, or raise `source.artifactMax`"
            return ("source.too-large", why, [], [next])
        case .diskUsed(let bytesMax):
            let why = "the build took more than the \(bytesMax >> 20) MiB of disk that it may"
            return ("source.too-large", why, [], ["Let it make less, or raise `source.diskMax`"])
        case .diskFull(let path):
            let why = "the disk that holds \(path) has too little room left to build on"
            return ("source.disk-full", why, [], ["Free some space, for example with `teal prune`"])
        case .unfit(let reason):
            return ("source.unfit", "what was built is no artifact: \(reason)", [], ["Let the build leave that out"])
        case .failed(let reason):
            return ("source.failed", "the build could not be carried out: \(reason)", [], ["Look at `teal doctor`"])
        case .cancelled:
            return ("source.cancelled", "the build was ended before it was done", [], ["Deploy again"])
        }
    }
}

extension SourceError {
    /// Why what was built could not be kept.
    init(keeping error: RuntimeError) {
        switch error {
        case .diskFull(let path): self = .diskFull(path: path)
        case .contentDamaged(let reason): self = .unfit(reason)
        default: self = .failed(RuntimeWords.text(error))
        }
    }
}
