/// Makes a `teal.yml` out of a Procfile, and of an app.json where there is one.
struct ProcfileImport {
    /// The Procfile's path as it was given.
    let path: String
    /// The same, absolute.
    let absolutePath: String
    /// The app.json, absolute; nil for none.
    let appPath: String?
    let target: String
    let notes: ImportNotes

    /// A line of a Procfile.
    struct Line: Hashable {
        let type: String
        let command: String
        let line: Int
    }

    func draft() throws(ImportFailure) -> ProjectDraft {
        let lines = try Self.lines(try ForeignFile.text(absolutePath), path: path)
        let directory = ForeignFile.directory(of: absolutePath)
        var app = AppJSON(try appValue(directory), notes: notes)
        let written = app.section.text("name")
        let project = written.map { Naming.name($0, fallback: "project") } ?? Naming.project(of: directory)
        if let written {
            app.section.tell(
                "name",
                written == project ? .carried : .changed,
                became: "project: \(project)",
                "the name is made fit: a-z, 0-9 and `-`"
            )
        }
        let origin = path.split(separator: "/").last.map(String.init) ?? path
        var draft = ProjectDraft(project: project, origin: origin)
        let release = lines.first { $0.type == "release" }
        var taken: [String] = []
        for line in lines where line.type != "release" {
            let name = Naming.free(Naming.name(line.type, fallback: "process"), among: taken)
            taken.append(name)
            draft.services.append(.init(name: name, keys: keys(line, name: name, directory, release, &app)))
        }
        guard !draft.services.isEmpty else {
            throw .empty(
                path: path,
                "it names no process that runs on",
                next: "Write a line such as `web: node server.js`."
            )
        }
        if let release { tell(release, draft.services.map(\.name)) }
        app.tellVariables(draft.services.map(\.name))
        app.finish(draft.services.map(\.name))
        notes.assume(
            "the files beside it are what is released (`artifact`); for an image write `image` and remove `artifact`"
        )
        return draft
    }

    private func appValue(_ directory: String) throws(ImportFailure) -> ForeignValue {
        guard let appPath else { return .object([]) }
        let value = try ScriptLiteral.file(try ForeignFile.text(appPath), path: "app.json", directory: directory)
        guard value.fields != nil else { throw .syntax(path: "app.json", line: 1, column: 1, "it is not an object") }
        return value
    }

    /// The lines, each type once.
    static func lines(_ text: String, path: String) throws(ImportFailure) -> [Line] {
        var lines: [Line] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let bare = line.drop { $0.isWhitespace }
            if bare.isEmpty || bare.hasPrefix("#") { continue }
            let type = bare.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
            let rest = bare.dropFirst(type.count).drop { $0 == " " || $0 == "\t" }
            let command = rest.dropFirst().drop { $0.isWhitespace }
            guard !type.isEmpty, rest.hasPrefix(":"), !command.isEmpty else {
                throw .syntax(path: path, line: index + 1, column: 1, "the line is not `type: command`")
            }
            guard !lines.contains(where: { $0.type == type }) else {
                throw .syntax(path: path, line: index + 1, column: 1, "the type `\(type)` is written twice")
            }
            lines.append(Line(type: String(type), command: String(command), line: index + 1))
        }
        return lines
    }

    private func keys(
        _ line: Line,
        name: String,
        _ directory: String,
        _ release: Line?,
        _ app: inout AppJSON
    ) -> DraftMap {
        var keys = DraftMap()
        let isWeb = line.type == "web"
        if !isWeb { keys["kind"] = .text("worker") }
        keys["artifact"] = .text(ForeignFile.relative(directory, to: target))
        keys["command"] = CommandLine.draft(line.command)
        if isWeb {
            keys["port"] = .integer(5000)
            keys["path"] = .text("/")
            notes.assume(
                "\(name): it is told its port by `PORT`, so the number 5000 stands for nothing; it takes every host name, so write `host` in the place of `path` to share the server"
            )
            if let release { keys["migrate"] = CommandLine.draft(release.command) }
        }
        app.put(line.type, into: &keys, service: "services.\(name)", isWeb: isWeb)
        if isWeb, keys["health"] == nil {
            keys[map: "health"]["tcp"] = .boolean(true)
            keys.remark(
                "health",
                "Nothing says how to ask it, so only its port is tried. A path says more: `health: /health`."
            )
        }
        let table = ProcfileKeys.types.first { $0.name == line.type } ?? ProcfileKeys.types.last
        let shell = CommandLine.needsShell(line.command) ? "; a shell runs its line" : ""
        let how = isWeb ? "it takes traffic" : table?.text ?? ""
        notes.add(
            ImportEntry(
                key: line.type,
                file: nil,
                line: line.line,
                fate: .changed,
                became: "services.\(name)",
                text: how + shell,
                next: ""
            )
        )
        return keys
    }

    private func tell(_ release: Line, _ services: [String]) {
        let hasWeb = services.contains("web")
        let row = ProcfileKeys.types.first { $0.name == "release" }
        notes.add(
            ImportEntry(
                key: "release",
                file: nil,
                line: release.line,
                fate: hasWeb ? .changed : .dropped,
                became: hasWeb ? "services.web.migrate" : nil,
                text: hasWeb ? row?.text ?? "" : "there is no `web` that it could belong to",
                next: hasWeb
                    ? "See that it only adds to the schema: the old release goes on with it."
                    : "Write it as `migrate` of a service."
            )
        )
    }
}
