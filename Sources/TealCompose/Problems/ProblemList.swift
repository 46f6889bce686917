import TealCore

/// Collects what is wrong while Compose files are read, so that a person sees everything at once.
///
/// A class, because every part of the reading adds to the same list; it lives for one synchronous call.
final class ProblemList {
    /// The most problems that are kept: more than a person reads, few enough for any file.
    static let countMax = 1000

    private(set) var problems: [ComposeProblem] = []
    private(set) var warnings: [ComposeWarning] = []
    /// Variables that nothing came of, by the value that they were to fill.
    private(set) var emptyVariables: [SourcePlace: [String]] = [:]
    /// The first default that was taken for each variable.
    private var defaults: [String: (value: String, place: SourcePlace)] = [:]
    private var seen: Set<ComposeProblem> = []
    private var seenWarnings: Set<ComposeWarning> = []
    private var fileOrder: [String: Int] = [:]
    /// The keys that earlier steps found something wrong with.
    private var faulty: Set<[String]> = []
    /// Those that this step found something wrong with.
    private var pending: Set<[String]> = []

    var isEmpty: Bool { problems.isEmpty }
    /// Whether nothing more is kept.
    var isFull: Bool { problems.count >= Self.countMax }

    /// Begins the next step of the reading: what it finds at or below a key that is wrong already follows from that.
    func beginStep() { faulty.formUnion(pending) }

    private func isKnown(_ path: NodePath) -> Bool {
        path.parts.indices.contains { faulty.contains(Array(path.parts[...$0])) }
    }

    /// Remembers that a file is read now, for the order in which problems are shown.
    func begin(_ file: String) { if fileOrder[file] == nil { fileOrder[file] = fileOrder.count } }

    func add(
        _ code: ComposeProblem.Code,
        at place: SourcePlace,
        _ path: NodePath,
        value: String? = nil,
        _ message: String,
        _ suggestion: String = ""
    ) {
        let problem = ComposeProblem(
            code: code,
            place: place,
            key: path.description,
            value: value,
            message: message,
            suggestion: suggestion
        )
        guard !isFull, !isKnown(path), seen.insert(problem).inserted else { return }
        problems.append(problem)
        if !path.parts.isEmpty { pending.insert(path.parts) }
    }

    /// A problem of no key.
    func add(
        _ code: ComposeProblem.Code,
        at place: SourcePlace,
        value: String? = nil,
        _ message: String,
        _ suggestion: String = ""
    ) {
        add(code, at: place, NodePath(), value: value, message, suggestion)
    }

    /// A problem with a value, which is shown unless it may be secret.
    func add(
        _ code: ComposeProblem.Code,
        on node: ComposeNode,
        _ path: NodePath,
        _ message: String,
        _ suggestion: String = ""
    ) {
        add(code, at: node.place, path, value: Self.shown(node, path), message, suggestion)
    }

    func warn(at place: SourcePlace, _ message: String) { warn(at: place, NodePath(), message) }

    func warn(at place: SourcePlace, _ path: NodePath, _ message: String) {
        let warning = ComposeWarning(place: place, key: path.description, message: message)
        if seenWarnings.insert(warning).inserted { warnings.append(warning) }
    }

    /// Remembers that nothing came of a variable in a value.
    func noteEmpty(_ variable: String, at place: SourcePlace) {
        if !(emptyVariables[place] ?? []).contains(variable) { emptyVariables[place, default: []].append(variable) }
    }

    /// Where another default was taken for a variable before; nil where there was none, or one of the two says nothing.
    func otherDefault(of variable: String, _ value: String, at place: SourcePlace) -> SourcePlace? {
        guard !value.isEmpty else { return nil }
        guard let first = defaults[variable] else {
            defaults[variable] = (value, place)
            return nil
        }
        return first.value == value ? nil : first.place
    }

    /// Ends the reading if anything is wrong.
    func check() throws(ComposeProblems) {
        guard !problems.isEmpty else { return }
        let sorted = problems.enumerated().sorted { one, other in
            let first = (fileOrder[one.element.place.file] ?? .max, one.element.place.line, one.element.place.column)
            let second = (
                fileOrder[other.element.place.file] ?? .max, other.element.place.line, other.element.place.column
            )
            return first == second ? one.offset < other.offset : first < second
        }
        throw ComposeProblems(findings: sorted.map(\.element))
    }

    /// Keys whose values are often secret.
    private static let quietKeys: Set<String> = ["environment", "args", "content", "labels"]

    static func shown(_ node: ComposeNode, _ path: NodePath) -> String? {
        guard quietKeys.isDisjoint(with: path.parts) else { return nil }
        return node.scalarText.map(Phrase.short)
    }
}
