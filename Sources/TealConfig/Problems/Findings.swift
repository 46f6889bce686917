import TealCompose

/// Collects what is wrong while a file is read, so that a person sees everything at once.
///
/// A class, because every part of the decoding adds to the same list; it lives for one synchronous call.
final class Findings {
    /// The most findings that are kept: more than a person reads, few enough for any file.
    static let countMax = 1000

    let file: String
    /// While it is set, findings that depend on this machine's files and variables are dropped: an environment that
    /// is not being released is checked for its form only.
    var checksFormOnly = false
    private(set) var list: [ConfigurationProblem] = []
    /// What is wrong with the Compose files.
    private(set) var compose: [ComposeProblem] = []
    private var seen: Set<ConfigurationProblem> = []

    init(file: String) { self.file = file }

    var isEmpty: Bool { list.isEmpty && compose.isEmpty }

    /// Everything that is wrong, for the one who asked.
    var problems: ConfigurationProblems { ConfigurationProblems(file: file, findings: list, compose: compose) }

    /// What is wrong with Compose files: told with theirs, and dropped of those that are not being released.
    func add(_ problem: ComposeProblem) {
        guard !checksFormOnly, compose.count < Self.countMax, !compose.contains(problem) else { return }
        compose.append(problem)
    }

    func add(_ problem: ConfigurationProblem) {
        if checksFormOnly, [.variable, .envFile, .artifact].contains(problem.code) { return }
        guard list.count < Self.countMax, seen.insert(problem).inserted else { return }
        list.append(problem)
    }

    func add(
        _ code: ConfigurationProblem.Code,
        at place: Place,
        key: String,
        value: String? = nil,
        _ message: String,
        _ suggestion: String = "",
        file: String? = nil
    ) {
        add(
            ConfigurationProblem(
                code: code,
                file: file ?? place.file ?? self.file,
                place: place.withoutFile,
                key: key,
                value: value,
                message: message,
                suggestion: suggestion
            )
        )
    }

    /// `teal.yml:7`, for a sentence.
    func spot(_ place: Place) -> String { "\(place.file ?? file):\(place.line)" }

    /// A finding about a value.
    func add(
        _ code: ConfigurationProblem.Code,
        on node: ConfigurationNode,
        _ message: String,
        _ suggestion: String = ""
    ) {
        add(code, at: node.place, key: node.key, value: node.shown, message, suggestion)
    }
}
