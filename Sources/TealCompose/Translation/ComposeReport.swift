/// What became of every key of a Compose project: nothing is dropped without a word.
package struct ComposeReport: Hashable, Sendable {
    /// What becomes of a key.
    package enum Verdict: Hashable, Sendable {
        /// Exactly as written.
        case honoured
        /// In another way, which the text tells.
        case differently(String)
        /// Not at all, for the reason that the text tells.
        case refused(String)

        /// `honoured`, `honoured differently` or `refused`.
        package var name: String {
            switch self {
            case .honoured: "honoured"
            case .differently: "honoured differently"
            case .refused: "refused"
            }
        }

        /// How, or why; nil where there is nothing to tell.
        package var text: String? {
            switch self {
            case .honoured: nil
            case .differently(let text), .refused(let text): text
            }
        }
    }

    /// One key that was written.
    package struct Entry: Hashable, Sendable {
        /// Such as `services.web.ports[0]`.
        package let key: String
        package let place: SourcePlace
        package let verdict: Verdict
    }

    /// By place.
    package internal(set) var entries: [Entry] = []

    /// Those that a person should read: everything but what is exactly as written.
    package var notable: [Entry] { entries.filter { $0.verdict != .honoured } }
}

/// Walks a project and looks every key up.
struct ReportWalk {
    let project: ComposeProject
    /// What was decided for single values, by path.
    let notes: [NodePath: ComposeReport.Verdict]

    func report() -> ComposeReport {
        var report = ComposeReport()
        for (section, value) in project.json.fields.sorted(by: { $0.key < $1.key }) {
            walk(value, NodePath([section]), into: &report)
        }
        for (name, service) in project.services { walkHidden(service, NodePath(["services", name]), into: &report) }
        for name in project.models.keys { add(NodePath(["models", name]), into: &report) }
        for name in project.disabledServices.keys.sorted() {
            let path = NodePath(["services", name])
            report.entries.append(
                .init(
                    key: "\(path)",
                    place: project.places[path.parts],
                    verdict: .differently("none of the chosen profiles enables it, so it is no part of the project")
                )
            )
        }
        report.entries.sort { one, other in
            let (first, second) = (one.place, other.place)
            if first.file != second.file { return first.file < second.file }
            if first.line != second.line { return first.line < second.line }
            return first.column == second.column ? one.key < other.key : first.column < second.column
        }
        return report
    }

    private func walk(_ value: JSONValue, _ path: NodePath, into report: inout ComposeReport) {
        if ComposeKeyTable.has(path) { add(path, into: &report) }
        guard !ComposeKeyTable.isWhole(path) else { return }
        switch value {
        case .object(let fields):
            for (key, inner) in fields.sorted(by: { $0.key < $1.key }) {
                // Normalising fills in what nobody wrote.
                guard inner != .null || ComposeKeyTable.has(path.key(key)) else { continue }
                walk(inner, path.key(key), into: &report)
            }
        case .array(let items): for (index, item) in items.enumerated() { walk(item, path.item(index), into: &report) }
        default: break
        }
    }

    /// Keys that the normalised form does not show any more.
    private func walkHidden(_ service: ComposeService, _ path: NodePath, into report: inout ComposeReport) {
        if !service.envFiles.isEmpty { add(path.key("env_file"), into: &report) }
        if !service.labelFiles.isEmpty { add(path.key("label_file"), into: &report) }
        if service.pullRefreshAfter != nil { add(path.key("pull_refresh_after"), into: &report) }
        for key in service.extensions.keys.sorted() { add(path.key(key), into: &report) }
    }

    private func add(_ path: NodePath, into report: inout ComposeReport) {
        report.entries.append(
            .init(
                key: "\(path)",
                place: project.places[path.parts],
                verdict: notes[path] ?? ComposeKeyTable.verdict(of: path)
            )
        )
    }
}
