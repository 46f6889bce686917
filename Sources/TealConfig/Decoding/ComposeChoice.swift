import TealCompose
import TealCore

/// Which Compose files a project names, and how they are read.
struct ComposeChoice: Equatable {
    /// As they are written, from the configuration file's directory; nil where nothing is said.
    var files: [String]?
    var envFiles: [String]?
    var profiles: [String]?

    init() {}

    /// What a mapping says under `compose`; nil where it says nothing of Compose files.
    init?(in section: Section) {
        guard let node = section.node("compose") else { return nil }
        guard node.entries != nil else {
            files = section.items("compose").compactMap { section.text(of: $0, for: "compose") }
            return
        }
        guard let own = section.section("compose") else { return nil }
        func texts(_ key: String) -> [String]? {
            own.has(key) ? own.items(key).compactMap { own.text(of: $0, for: key) } : nil
        }
        files = texts("files")
        envFiles = texts("envFiles")
        profiles = texts("profiles")
    }

    /// The same, with what it does not say as another one says it.
    func over(_ other: ComposeChoice?) -> ComposeChoice {
        guard let other else { return self }
        var choice = self
        choice.files = files ?? other.files
        choice.envFiles = envFiles ?? other.envFiles
        choice.profiles = profiles ?? other.profiles
        return choice
    }
}

extension ComposeChoice {
    /// The choice of an environment: what it says, over what the file says; nil where neither names Compose files.
    static func of(_ file: Section, _ environment: Section?) -> ComposeChoice? {
        let general = ComposeChoice(in: file)
        guard let own = environment.flatMap({ ComposeChoice(in: $0) }) else { return general }
        return own.over(general)
    }
}

/// The Compose files of a project, read.
struct ReadCompose {
    /// What they come to; nil where that could not be told.
    let project: ComposeProject?

    /// Reads the files of a choice; what is wrong with them has findings.
    ///
    /// - Parameters:
    ///   - choice: The files, from the configuration file's directory.
    ///   - surroundings: Where that is.
    ///   - notes: Takes in what is allowed and most likely not meant.
    init(_ choice: ComposeChoice, _ surroundings: Surroundings, _ notes: inout Notes) {
        let settings = ComposeSettings(
            files: (choice.files ?? []).map(surroundings.absolute),
            envFiles: (choice.envFiles ?? []).map(surroundings.absolute),
            profiles: surroundings.development?.adding(to: choice.profiles) ?? choice.profiles ?? [],
            environment: surroundings.variables
        )
        project = Self.read(settings, surroundings, &notes)
    }

    /// Takes files that were read already, or none that could be.
    init(_ project: ComposeProject?) { self.project = project }

    private static func read(
        _ settings: ComposeSettings,
        _ surroundings: Surroundings,
        _ notes: inout Notes
    ) -> ComposeProject? {
        for path in settings.envFiles { surroundings.privateFiles.addEnvFile(path) }
        do {
            let answer = try ComposeFiles(settings).read()
            surroundings.notePrivateFiles(of: answer)
            notes.warnings += surroundings.told(answer.warnings)
            return answer.project
        } catch {
            for problem in error.findings { surroundings.findings.add(problem) }
            return nil
        }
    }

    /// The names of services as they are written, in the order of the files; without those that no profile enables.
    var services: [String] {
        guard let project else { return [] }
        return project.services.keys.sorted { one, other in
            let (first, second) = (Place(project.places["services", one]), Place(project.places["services", other]))
            return first == second ? one < other : first < second
        }
    }

    /// The written name that a text stands for, which may be Teal's own for it.
    func written(_ text: String) -> String? {
        guard let project else { return nil }
        if project.services[text] != nil { return text }
        return project.services.keys.sorted().first { ComposeTranslation.name(of: $0).map { "\($0)" } == text }
    }

    /// The profiles that would enable a service that none of the chosen ones does; nil for one that there is, or is not.
    func profiles(enabling text: String) -> [String]? { project?.disabledServices[text]?.profiles }
}

extension Surroundings {
    /// Remembers which files of a Compose project hold variables and secrets.
    func notePrivateFiles(of answer: ComposeFiles.Answer) {
        for path in answer.envFiles { privateFiles.addEnvFile(path) }
        let project = answer.project
        for service in project.services.values {
            for file in service.envFiles { privateFiles.addEnvFile(file.path) }
        }
        for path in project.secrets.values.compactMap(\.file) { privateFiles.addSecretsFile(path) }
    }

    /// Warnings of Compose files in words, without those about images that others take the place of.
    func told(_ warnings: [ComposeWarning]) -> [String] {
        warnings.filter { warning in
            guard warning.key.hasPrefix("services."), warning.key.hasSuffix(".image") else { return true }
            let written = warning.key.dropFirst("services.".count).dropLast(".image".count)
            return ComposeTranslation.name(of: String(written)).flatMap { images[$0] } == nil
        }.map(\.description)
    }
}
