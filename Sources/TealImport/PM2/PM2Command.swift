/// Finds the command that PM2 would start for an app.
struct PM2Command {
    /// What PM2 starts by a file's ending (`lib/API/interpreter.json`).
    private static let interpreters = [
        "sh": "bash", "py": "python3", "rb": "ruby", "php": "php", "pl": "perl", "js": "node", "cjs": "node",
        "mjs": "node", "coffee": "coffee", "ls": "lsc", "ts": "bun", "tsx": "bun",
    ]

    /// The absolute path of the directory that the app runs in, as far as this machine knows it.
    let directory: String
    let script: String
    let interpreter: String?
    let interpreterArguments: [String]
    let arguments: [String]

    /// The command's words, and whether node is its first.
    var words: (words: [String], isNode: Bool) {
        // PM2 hands a line to a shell.
        if script.contains(" ") { return (Self.shell(script), false) }
        let program = interpreter.map(Self.program) ?? guessed
        let isDirect = program == "none"
        var script = inArtifact
        if isDirect, !script.hasPrefix("/"), isFile { script = "./\(script)" }
        let first = isDirect ? [] : [program]
        return (first + (isDirect ? [] : interpreterArguments) + [script] + arguments, program == "node")
    }

    /// The words that let a shell become the command of a line.
    static func shell(_ line: String) -> [String] {
        let isSimple = !line.contains { ";&|\n()".contains($0) }
        let setsVariable = line.prefix { $0 != " " }.contains("=")
        return ["sh", "-c", isSimple && !setsVariable && !line.hasPrefix("exec ") ? "exec \(line)" : line]
    }

    /// Whether there is an interpreter that could be given arguments.
    var passesInterpreterArguments: Bool { !script.contains(" ") && (interpreter ?? guessed) != "none" }

    /// Whether the script is outside of what is released.
    var isOutside: Bool { inArtifact.hasPrefix("/") || inArtifact.hasPrefix("../") }

    /// The script's path below the directory; an absolute one for a script elsewhere.
    private var inArtifact: String {
        guard script.contains("/") || isFile || ending != nil else { return script }
        if script.hasPrefix("~") { return script }
        let absolute = ForeignFile.absolute(script, from: directory)
        let relative = ForeignFile.relative(absolute, to: directory)
        return relative.hasPrefix("../") && script.hasPrefix("/") ? script : relative
    }

    private var isFile: Bool {
        let path = ForeignFile.absolute(script, from: directory)
        return ForeignFile.exists(path) && !ForeignFile.isDirectory(path)
    }

    private var ending: String? {
        guard let dot = script.lastIndex(of: "."), dot != script.startIndex else { return nil }
        let ending = script[script.index(after: dot)...]
        return ending.isEmpty || ending.contains("/") ? nil : String(ending)
    }

    /// What PM2 starts when no interpreter is named: by the ending; else a program as it is, anything else by node.
    private var guessed: String {
        if let known = ending.flatMap({ Self.interpreters[$0] }) { return known }
        guard isFile else { return script.contains("/") && ending != nil ? "node" : "none" }
        return ForeignFile.isProgram(ForeignFile.absolute(script, from: directory)) ? "none" : "node"
    }

    /// The interpreter without a version that PM2 would look up (`node@20`).
    private static func program(_ interpreter: String) -> String {
        interpreter.hasPrefix("node@") ? "node" : interpreter
    }

    /// The words of a text as PM2 splits it (`lib/tools/Config.js`), or the items of a list.
    static func words(_ value: ForeignValue?) -> [String] {
        guard let value else { return [] }
        if let items = value.items { return items.compactMap(\.text) }
        var words: [String] = []
        var word: String?
        var quote: Character?
        for character in value.text ?? "" {
            if let open = quote {
                if character == open { quote = nil } else { word = (word ?? "") + String(character) }
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if character.isWhitespace {
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        if let word { words.append(word) }
        return words
    }
}
