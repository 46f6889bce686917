/// A command that runs in a container after its start or before its end.
package struct ComposeHook: ComposePart, Hashable {
    package let command: [String]?
    package let user: String?
    package let isPrivileged: Bool
    package let workingDirectory: String?
    package let environment: [String: String?]
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        command = fields.command("command")
        user = fields.text("user")
        isPrivileged = fields.flag("privileged")
        workingDirectory = fields.text("working_dir")
        environment = fields.variables("environment")
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add(command: "command", command)
            $0.add("user", user)
            $0.add("privileged", isPrivileged)
            $0.add("working_dir", workingDirectory)
            $0.add("environment", environment)
        }
        .value
    }
}
