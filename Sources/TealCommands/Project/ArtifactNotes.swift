import TealConfig
import TealCore
import TealImport

/// What is to be said of the directory that a service runs from, before it is packed.
struct ArtifactNotes: Sendable {
    /// The most paths that one sentence names.
    private static let pathsMax = 6

    let service: ServiceName
    /// What was left out as it may hold secrets, without the service's name; nil when nothing was.
    let leftOut: String?
    /// What is packed although it looks secret; nil when nothing is.
    let suspicion: String?
    /// Why it cannot be packed; nil when it can.
    let problem: String?
    /// That its port is not the one that stands beside the program; nil when none does.
    let otherPort: String?

    /// Looks through the directory; nil for images and tarballs, which are handed over as they are.
    init?(_ spec: ServiceSpec, of project: ProjectSpec) {
        guard case .artifact(let path) = spec.source, ArtifactSource.isDirectory(path) else { return nil }
        service = spec.name
        otherPort = Self.otherPort(spec, PortEvidence.beside(path))
        do throws(Problem) {
            let rules = try IgnoreRules(path, of: project)
            let finding = try DirectoryWalk(root: path, rules: rules).find()
            let isOne = finding.leftOut.count == 1
            leftOut =
                finding.leftOut.isEmpty
                ? nil
                : "\(Self.text(finding.leftOut)) \(isOne ? "is" : "are") left out of the artifact, as \(isOne ? "it" : "they") may hold secrets"
            suspicion =
                finding.suspicious.isEmpty
                ? nil
                : """
                \(spec.name): \(Self.text(finding.suspicious)) \(finding.suspicious.count == 1 ? "looks" : "look") \
                secret and \(finding.suspicious.count == 1 ? "is" : "are") part of the artifact; if not meant so, name \
                \(finding.suspicious.count == 1 ? "it" : "them") in `\(IgnoreRules.fileName)`
                """
            problem = nil
        } catch {
            leftOut = nil
            suspicion = nil
            problem = "\(spec.name): a deploy would be refused: \(error.summary): \(error.at.joined(separator: ", "))"
                .replacing("nothing has been changed: ", with: "")
        }
    }

    /// A port that somebody has written beside the program and that is not the service's: one of the two is stale.
    private static func otherPort(_ spec: ServiceSpec, _ evidence: [PortEvidence]) -> String? {
        guard let port = spec.port, !evidence.isEmpty, !evidence.contains(where: { $0.port == port }) else {
            return nil
        }
        let places = evidence.map { "\($0.port) (\($0.place))" }.joined(separator: ", ")
        return """
            \(spec.name): its port is \(port), and beside its program stands \(places); as a process each replica is told its \
            own by `PORT`, so see that it listens on that one, and correct what is stale
            """
    }

    private static func text(_ paths: [String]) -> String {
        let shown = paths.prefix(pathsMax)
        let rest = paths.count - shown.count
        if rest > 0 { return shown.joined(separator: ", ") + " and \(rest) more" }
        guard let last = shown.last, shown.count > 1 else { return shown.joined() }
        return shown.dropLast().joined(separator: ", ") + " and \(last)"
    }
}

extension IgnoreRules {
    /// The rules for an artifact of a project.
    init(_ artifact: String, of project: ProjectSpec) throws(Problem) {
        try self.init(
            artifact: artifact,
            project: project.directory,
            secretsFiles: project.secretsFiles,
            envFiles: project.envFiles
        )
    }
}
