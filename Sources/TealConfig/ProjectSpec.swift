package import TealCompose
package import TealCore

/// What a `teal.yml` says for one environment, checked.
package struct ProjectSpec: Hashable, Sendable {
    package let name: ProjectName
    /// The environment whose values the services have.
    package let environment: EnvironmentName
    /// In file order, the environment's own values applied.
    package let services: [ServiceSpec]
    /// The services of each group, in file order; every group has at least one.
    package let groups: [GroupName: [ServiceName]]
    /// Every environment of the file, in file order; at least one.
    package let environments: [EnvironmentSpec]
    /// The env file with the values of secrets, an absolute path of an existing file; nil for none.
    package let secretsFile: String?
    /// The values of the secrets that services and registries name, from the secrets file and from env files; the host may
    /// have others.
    package let secrets: [String: Secret]
    /// Env files of every environment, absolute paths; they need not be there.
    package let envFiles: [String]
    /// Files of secrets of every environment, and the usual one, absolute paths; they need not be there.
    package let secretsFiles: [String]
    /// The absolute path of the directory that the file is in.
    package let directory: String
    /// What was assumed because it was not written, a sentence each.
    package let assumptions: [String]
    /// What works, but should be looked at, a sentence each.
    package let warnings: [String]
    /// What cannot be told without the host, a sentence each; for who only checks the file.
    package let remarks: [String]
    /// What its Compose files came to; nil without any.
    package let compose: TranslatedProject?

    /// The service of that name.
    package func service(_ name: ServiceName) -> ServiceSpec? { services.first { $0.name == name } }

    /// The services that `words` name, each a service or a group, in file order and without repeats; all for none.
    ///
    /// - Throws: A ``Problem`` with every word that is neither.
    package func services(named words: [String]) throws(Problem) -> [ServiceSpec] {
        if words.isEmpty { return services }
        var chosen: Set<ServiceName> = []
        var unknown: [String] = []
        for word in words {
            // A text that is no name stands for nothing, as an unknown name does.
            if let service = (try? ServiceName(parsing: word)).flatMap(service) {
                chosen.insert(service.name)
            } else if let members = (try? GroupName(parsing: word)).flatMap({ groups[$0] }) {
                chosen.formUnion(members)
            } else {
                unknown.append(word)
            }
        }
        guard unknown.isEmpty else {
            let known = services.map(\.name.description) + groups.keys.map(\.description).sorted()
            throw Problem(
                ConfigurationProblem.Code.reference.rawValue,
                """
                nothing has been changed: \(Phrase.all(unknown.map { "`\(Phrase.short($0))`" })) \
                \(unknown.count == 1 ? "is" : "are") neither a service nor a group of \(name)
                """,
                next: unknown.compactMap { NearestWord.to($0, in: known) }.map { "Did you mean `\($0)`?" }
                    + ["The services and groups are \(Phrase.all(known))."]
            )
        }
        return services.filter { chosen.contains($0.name) }
    }
}

/// One environment as the file declares it.
package struct EnvironmentSpec: Hashable, Sendable, Codable {
    package let name: EnvironmentName
    /// The git branch that is released to it; nil when none is named.
    package let branch: String?
    /// The servers, as `ssh` takes them; empty for this machine.
    package let hosts: [String]
    /// The services that have values of their own in it.
    package let overrides: [ServiceName]
}
