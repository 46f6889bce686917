import TealCore

/// What `deploy` clones and builds on a server, as `source` of a service would say it.
struct SourceProposal: Hashable {
    let repository: GitRepository
    /// What its `post-deploy` runs before PM2 is told; empty where that cannot be told in commands without a shell.
    let commands: [String]

    /// Reads the environment of a `deploy`; nil for one without a repository that can be built from.
    init?(_ deploy: ForeignSection) {
        // What has a password in it is not repeated.
        guard let text = deploy.text("repo"), let repository = try? GitRepository(parsing: text) else { return nil }
        self.repository = repository
        commands = Self.commands(deploy.text("post-deploy") ?? "")
    }

    /// The commands of a line, without those that PM2 is told by.
    static func commands(_ line: String) -> [String] {
        let parts = line.replacing(";", with: "&&").replacing("\n", with: "&&").split(separator: "&&")
            .map { part in part.split(separator: " ").joined(separator: " ") }
            .filter { !$0.isEmpty && $0 != "pm2" && !$0.hasPrefix("pm2 ") && !$0.contains(" pm2 ") }
        let isPlain = parts.allSatisfy { part in
            part.utf8.allSatisfy { !"|<>$`&*?(){}\"'\\~#!".utf8.contains($0) && $0 >= 0x20 }
        }
        // A variable before a program is a shell's to set.
        let hasVariables = parts.contains { $0.prefix { $0 != " " }.contains("=") }
        return isPlain && !hasVariables ? parts : []
    }

    /// The key as it would be written for a service that is built in a directory of the repository.
    func text(directory: String) -> String {
        var map = DraftMap()
        map["repository"] = .text("\(repository)")
        if directory != "." { map["directory"] = .text(directory) }
        map["build"] = .texts(commands.isEmpty ? ["npm ci"] : commands)
        return "source: " + YAMLText.flow(.map(map))
    }
}
