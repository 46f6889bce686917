/// Reads the value of an ecosystem file, by node where it is a program and node is there.
struct PM2Reading {
    /// The file's absolute path.
    let path: String
    /// The path as it was given, for messages.
    let shown: String

    /// The file's value, how it was read, and the variables of this machine that it got.
    func read(
        _ options: ForeignImport.Options,
        notes: ImportNotes
    ) throws(ImportFailure) -> (value: ForeignValue, remark: String, machine: [String: String]) {
        let text = try ForeignFile.text(path)
        let directory = ForeignFile.directory(of: path)
        if [".yml", ".yaml"].contains(where: path.hasSuffix) {
            return (try ForeignYAML.file(text, path: shown), "read as YAML", [:])
        }
        let isScript = [".js", ".cjs", ".mjs"].contains(where: path.hasSuffix)
        guard isScript, options.runsNode, let node = NodeEvaluation.find(path: options.variables["PATH"]) else {
            let reason = !isScript ? "" : options.runsNode ? ", as there is no node" : ", without running it"
            return (try ScriptLiteral.file(text, path: shown, directory: directory), "read as data\(reason)", [:])
        }
        let (value, wanted) = try node.value(of: path, variables: options.variables, limit: options.nodeLimit)
        if !wanted.isEmpty {
            notes.warn(
                """
                the file asks for the \(wanted.count == 1 ? "variable" : "variables") \(wanted.joined(separator: ", ")), which it \
                does not get while it is imported; see what it made of that
                """
            )
        }
        return (
            value, "run by \(node.program), with none of your variables but PATH, HOME, TMPDIR and LANG",
            NodeEvaluation.kept(options.variables)
        )
    }
}
