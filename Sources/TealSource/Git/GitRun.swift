import Glibc
import TealCore
import TealDriverKit
import TealShimWire

/// Runs git for one build: with settings of its own, without questions, and with credentials in its environment and in
/// files of this user's only.
///
/// See git(1) for the variables, and git-config(1) for `credential.<url>.helper`, `safe.directory` and `http.lowSpeedLimit`.
struct GitRun {
    /// The most lines of git that are kept.
    static let linesMax = 200

    let tools: BuildTools
    let place: WorkPlace
    let source: GitSource
    let access: GitAccess?
    /// The file that ``prepare()`` wrote the private key to.
    private var hasKey: Bool { if case .key? = access { true } else { false } }

    init(tools: BuildTools, place: WorkPlace, source: GitSource, access: GitAccess?) {
        self.tools = tools
        self.place = place
        self.source = source
        self.access = access
    }

    /// Writes git's settings, and the key that ssh reads from a file only.
    func prepare() throws(SourceError) {
        try inBuild { () throws(SystemError) in
            try Files.replace(place.gitConfiguration, with: Array(configuration.utf8))
            guard case .key(let key)? = access else { return }
            let text = key.reveal()
            // OpenSSH reads no key whose last line does not end.
            try Files.replace(place.key, with: Array((text.hasSuffix("\n") ? text : text + "\n").utf8))
        }
    }

    /// Removes the private key: what is built has no use for it.
    func forgetKey() { unlink(place.key) }

    /// Runs git in a directory.
    ///
    /// - Returns: Its exit code.
    func run(
        _ arguments: [String],
        in directory: String,
        within limit: Duration,
        look: () throws(SourceError) -> Void,
        take: (String) -> Void
    ) throws(SourceError) -> OnceEnd {
        guard let git = tools.find("git", in: directory, path: nil) else { throw .noGit }
        let run = CommandRun(
            shim: tools.shim,
            place: place,
            program: git,
            arguments: arguments,
            environment: environment,
            directory: directory,
            limit: limit
        )
        return try run.run(look: look, take: take)
    }

    private var configuration: String {
        var text = """
            [core]
                hooksPath = /dev/null
            [advice]
                detachedHead = false
            [http]
                lowSpeedLimit = 1000
                lowSpeedTime = 30
            [gc]
                auto = 0

            """
        // Named by a person, whoever owns it; characters that would need quoting are in no path that passes.
        if source.repository.way == .path {
            text += "[safe]\n    directory = \"\(source.repository)\"\n    directory = \"\(source.repository)/.git\"\n"
        }
        return text
    }

    var environment: [String] {
        var variables = tools.inherited
        variables["LC_ALL"] = "C"
        variables["GIT_CONFIG_NOSYSTEM"] = "1"
        variables["GIT_CONFIG_GLOBAL"] = place.gitConfiguration
        variables["GIT_TERMINAL_PROMPT"] = "0"
        variables["GIT_ALLOW_PROTOCOL"] = "file:https:ssh"
        variables["GIT_SSH_COMMAND"] = sshCommand
        variables["TMPDIR"] = place.temporary
        if case .password(let username, let password)? = access, let origin = source.repository.httpsOrigin {
            variables["TEAL_GIT_USERNAME"] = username
            variables["TEAL_GIT_PASSWORD"] = password.reveal()
            // For this server alone, wherever it may send git on to.
            variables["GIT_CONFIG_COUNT"] = "1"
            variables["GIT_CONFIG_KEY_0"] = "credential.\(origin).helper"
            variables["GIT_CONFIG_VALUE_0"] =
                #"!f() { test "$1" = get && printf 'username=%s\npassword=%s\n' "$TEAL_GIT_USERNAME" "$TEAL_GIT_PASSWORD"; }; f"#
        }
        return variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    }

    /// What a shell of git's runs in the place of `ssh`.
    private var sshCommand: String {
        var options = [
            "BatchMode=yes", "StrictHostKeyChecking=yes", "ConnectTimeout=15", "ServerAliveInterval=15",
        ]
        if hasKey {
            // A % would begin a token of ssh_config(5).
            let path = place.key.replacing("%", with: "%%")
            options += ["IdentitiesOnly=yes", "IdentityAgent=none", "IdentityFile=\"\(path)\""]
        }
        return "ssh " + options.map { "-o '\($0.replacing("'", with: "'\\''"))'" }.joined(separator: " ")
    }
}

/// What git's last words mean.
enum GitWords {
    /// Why it did not reach a repository.
    static func failure(_ lines: [String]) -> SourceError {
        let reason = lines.last { !$0.isEmpty && !isAdvice($0) } ?? lines.last { !$0.isEmpty } ?? "git said nothing"
        let text = lines.joined(separator: "\n").lowercased()
        func says(_ words: String...) -> Bool { words.contains { text.contains($0) } }
        if says("host key verification failed", "no matching host key", "host key is known") {
            return .unknownHost(reason: lines.first { $0.lowercased().contains("host key") } ?? reason)
        }
        if says("authentication failed", "could not read username", "permission denied", "access denied", "error: 403")
        {
            return .denied(reason: lines.last { isDenial($0) } ?? reason)
        }
        return .unreachable(reason: reason)
    }

    private static func isDenial(_ line: String) -> Bool {
        let line = line.lowercased()
        return ["denied", "authentication failed", "username", "403"].contains { line.contains($0) }
    }

    /// The two lines that git adds to everything that goes wrong with a remote.
    private static func isAdvice(_ line: String) -> Bool {
        line.hasPrefix("Please make sure you have the correct") || line.hasPrefix("and the repository exists")
            || line.hasPrefix("fatal: Could not read from remote")
    }
}
