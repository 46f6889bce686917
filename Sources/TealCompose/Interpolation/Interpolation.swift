import TealCore

/// Fills variables into a file's values and gives texts the type that their key asks for.
struct Interpolation {
    let environment: [String: String]
    let problems: ProblemList

    /// The tree with every text filled; keys are left as they are.
    func filled(_ node: ComposeNode, _ path: NodePath = NodePath()) -> ComposeNode {
        switch node.content {
        case .string(let text):
            guard let filled = filled(text, at: node.place, path) else { return node }
            guard let type = TypedText.keys[path] else { return ComposeNode(filled, at: node.place) }
            guard let content = type.content(filled) else {
                problems.add(
                    .value,
                    at: node.place,
                    path,
                    value: filled.isEmpty ? nil : Phrase.short(filled),
                    filled.isEmpty ? "the value is empty and must be \(type.name)" : "the value must be \(type.name)",
                    text == filled ? "" : "It came from `\(Phrase.short(text))`: set the variable, or give a default."
                )
                return ComposeNode(filled, at: node.place)
            }
            return ComposeNode(content, at: node.place)
        case .list(let items):
            let changed = items.enumerated().map { filled($0.element, path.item($0.offset)) }
            return ComposeNode(.list(changed), at: node.place)
        case .mapping(let mapping):
            let changed = mapping.compactMapValues { filled($0.value, path.key($0.key)) }
            return ComposeNode(.mapping(changed), at: node.place)
        default: return node
        }
    }

    private func filled(_ text: String, at place: SourcePlace, _ path: NodePath) -> String? {
        let template = Template(
            lookup: { environment[$0] },
            unset: { problems.warn(at: place, path, "the variable \($0) is not set; it is taken as empty") },
            empty: { problems.noteEmpty($0, at: place) },
            assumed: { name, value in
                guard let other = problems.otherDefault(of: name, value, at: place) else { return }
                problems.warn(
                    at: place,
                    path,
                    "the variable \(name) is not set, and its default here is another one than at \(other); set it, so that both mean the same"
                )
            }
        )
        do throws(Template.Failure) {
            return try template.filled(text)
        } catch {
            report(error, in: text, at: place, path)
            return nil
        }
    }

    private func report(_ failure: Template.Failure, in text: String, at place: SourcePlace, _ path: NodePath) {
        switch failure {
        case .malformed:
            problems.add(
                .variable,
                at: place,
                path,
                value: ProblemList.shown(ComposeNode(text, at: place), path),
                "the value has a `${` that is no variable",
                "Write `${NAME}` or `${NAME:-default}`; write `$$` for a dollar."
            )
        case .deep, .long:
            problems.add(.limit, at: place, path, failure.limit, "Write the value out.")
        case .missing(let name, let reason):
            problems.add(
                .variable,
                at: place,
                path,
                "the variable \(name) is needed and has no value" + (reason.isEmpty ? "" : ": \(Phrase.short(reason))"),
                "Set \(name) in the environment, in `.env` or in a file given with `--env-file`."
            )
        }
    }
}
