import TealCore

extension ServiceDecoding {
    /// Sources that the server builds; nil with a finding.
    mutating func gitSource() -> ServiceSource? {
        guard let source = section.section("source") else { return nil }
        if !source.has("repository") { source.reportMissing("repository") }
        let repository = repository(in: source)
        let login = login(in: source, for: repository)
        let ref = ref(in: source)
        var spec = repository.flatMap { repository in ref.map { GitSource(repository: repository, ref: $0) } }
        // The rest is looked at in any case, so that everything is told at once.
        let directory = path("directory", in: source)
        let output = path("output", in: source)
        let commands = source.list("build").map { source.command(of: $0, for: "build") }
        let environment = variables(in: source)
        let secrets = secretNames(in: source)
        let timeout = source.duration("timeout")
        let artifactMax = source.size("artifactMax")
        let diskMax = source.size("diskMax")
        for name in secrets where environment[name] != nil {
            source.reportConflict("secrets", "\(name) is both in `env` and in `secrets`", "Keep it in `secrets`.")
        }
        spec?.directory = directory.flatMap { $0 == "." ? nil : $0 }
        spec?.output = output ?? "."
        spec?.commands = commands.compactMap(\.self)
        spec?.environment = environment
        spec?.secrets = secrets
        spec?.login = login
        if let timeout { spec?.timeout = timeout }
        if let artifactMax { spec?.artifactBytesMax = artifactMax }
        if let diskMax { spec?.diskBytesMax = diskMax }
        return spec.map(ServiceSource.git)
    }

    private func repository(in source: Section) -> GitRepository? {
        guard let text = source.text("repository"), let node = source.node("repository") else { return nil }
        do throws(GitTextError) {
            return try GitRepository(parsing: text)
        } catch {
            let advice: String
            switch error {
            case .password:
                advice = "Write `username` and, as `password`, the name of a secret beside it."
            case .scheme("http"), .scheme("git"):
                advice = "Write `https://…`, so that nobody on the way can change what is released."
            case .relative:
                advice = "Write where the server finds it, such as `/srv/git/shop.git`."
            default:
                advice = "Write it such as `git@github.com:acme/shop.git` or `https://github.com/acme/shop.git`."
            }
            // What is wrong may be a password.
            findings.add(
                .value,
                at: node.place,
                key: node.key,
                value: error == .password ? nil : node.shown,
                "`repository` is no repository that can be built from: \(error)",
                advice
            )
            return nil
        }
    }

    private mutating func ref(in source: Section) -> GitRef? {
        guard source.has("ref") else {
            guard let branch else {
                source.reportMissing(
                    "ref",
                    "`\(source.key)` does not say what to build, and the environment has no `branch`",
                    "Write `ref: main`, or `branch: main` for the environment."
                )
                return nil
            }
            guard let ref = try? GitRef(parsing: branch) else {
                source.reportMissing(
                    "ref",
                    "`\(source.key)` has no `ref`, and the environment's branch '\(Phrase.short(branch))' is none",
                    "Write `ref: main`."
                )
                return nil
            }
            notes.assumptions.append("\(name): no ref given, so the branch \(branch) of the environment")
            return ref
        }
        guard let text = source.text("ref"), let node = source.node("ref") else { return nil }
        do throws(GitTextError) {
            let ref = try GitRef(parsing: text)
            if Self.looksCut(text) {
                notes.warnings.append(
                    "\(name): the ref \(text) looks like a commit that is cut short, and is taken for a branch or a tag; a commit is written with all its digits"
                )
            }
            return ref
        } catch {
            findings.add(.value, on: node, "`ref` is no branch, tag or commit: \(error)", "Write `ref: main`.")
            return nil
        }
    }

    /// Whether a text is what git shows of a commit.
    private static func looksCut(_ text: String) -> Bool {
        (7..<40).contains(text.utf8.count) && text.allSatisfy(\.isHexDigit) && text.contains(where: \.isNumber)
    }

    private func path(_ key: String, in source: Section) -> String? {
        guard let text = source.text(key), let node = source.node(key) else { return nil }
        guard GitSource.isBelow(text) else {
            findings.add(
                .value,
                on: node,
                "`\(key)` leads out of the repository, or is no path",
                "Write it from the \(key == "output" ? "build's directory" : "repository's root"), without `..`."
            )
            return nil
        }
        return text
    }

    private mutating func variables(in source: Section) -> [String: String] {
        var variables: [String: String] = [:]
        for entry in source.map("env") {
            guard EnvironmentVariableName.isFit(entry.name), !entry.name.hasPrefix("TEAL_") else {
                findings.add(
                    .value,
                    at: entry.value.keyPlace,
                    key: entry.value.key,
                    "'\(Phrase.short(entry.name))' is no variable that a build can be given",
                    "Use letters, digits and `_`, no digit first, not beginning with `TEAL_`."
                )
                continue
            }
            guard let value = source.text(of: entry.value, for: "env") else { continue }
            variables[entry.name] = value
            guard SecretLook.isLikely(name: entry.name, value: value) else { continue }
            notes.warnings.append(
                "\(name): the value of \(entry.name) in `source.env` is kept as plain text; if it is secret, name it under `source.secrets` instead"
            )
        }
        return variables
    }

    private func secretNames(in source: Section) -> [String] {
        var names: [String] = []
        for node in source.list("secrets") {
            guard let text = source.text(of: node, for: "secrets") else { continue }
            guard let name = secretName(text, at: node, key: "secrets") else { continue }
            if names.contains(name) {
                findings.add(.conflict, on: node, "the secret \(name) is named twice", "Keep one of the two.")
            } else {
                names.append(name)
            }
        }
        return names
    }

    private func login(in source: Section, for repository: GitRepository?) -> GitLogin? {
        if source.has("key"), source.has("password") || source.has("username") {
            source.reportConflict(
                "key",
                "`key` is for ssh and `username` and `password` for https, and a repository is reached in one way",
                "Keep what fits the repository."
            )
            return nil
        }
        if source.has("key") {
            if let repository, repository.way != .ssh {
                source.reportConflict("key", "`key` is for ssh, and the repository is not reached by it", "Remove it.")
            }
            return source.node("key").flatMap { node in
                source.text("key").flatMap { secretName($0, at: node, key: "key") }.map { .key(secret: $0) }
            }
        }
        guard source.has("username") || source.has("password") else { return nil }
        for key in ["username", "password"] where !source.has(key) { source.reportMissing(key) }
        if let repository, repository.way != .https {
            source.reportConflict(
                source.has("password") ? "password" : "username",
                "a password is for https, and the repository is not reached by it",
                "Remove it; for ssh write `key`."
            )
        }
        guard let username = source.text("username"), let node = source.node("password"),
            let name = source.text("password").flatMap({ secretName($0, at: node, key: "password") })
        else { return nil }
        guard username.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            let message = "`username` has a space or a control character"
            source.reportConflict("username", message, "Remove it.", code: .value)
            return nil
        }
        return .password(username: username, secret: name)
    }

    /// The name of a secret; a value that somebody wrote in its place is not repeated.
    private func secretName(_ text: String, at node: ConfigurationNode, key: String) -> String? {
        // A token has small letters in it, and often looks like a name.
        let isFit = EnvironmentVariableName.isFit(text) && !text.hasPrefix("TEAL_")
        guard isFit, key == "secrets" || text == text.uppercased() else {
            findings.add(
                .value,
                at: node.place,
                key: node.key,
                "`\(key)` must be the name of a secret" + (key == "secrets" ? "" : ", in capitals"),
                "Write only the name here, never the value, and a line `NAME=…` in the secrets file."
            )
            return nil
        }
        return text
    }
}
