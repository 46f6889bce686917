package import TealCore

/// Writes the first `teal.yml`: what is needed, and every other key commented out, from the table of keys.
///
/// A line that begins with `# ` explains. Other lines with `#` are keys that are switched off; without that `#` they
/// are valid, and explanations within them stay comments.
package enum InitTemplate {
    /// The file as a text with a line end at its end; it loads when the artifact exists.
    ///
    /// The path of an artifact is written as it is given; without a command for it the key is switched off.
    package static func render(
        project: ProjectName,
        service: ServiceName,
        source: ServiceSource,
        command: String? = nil,
        port: Int,
        host: String
    ) -> String {
        var lines = [
            "# How \(project) is released. Check it with `teal validate`, see what it does with `teal plan`.",
            "# All keys are explained in docs/teal.yml.md; those with # before them are switched off.",
            "",
            "project: \(project)",
            "",
            "services:",
            "  \(service):",
        ]
        switch source {
        case .artifact(let path):
            lines += explained("artifact") + ["    artifact: \(scalar(path))"]
            lines +=
                explained("command") + ["    \(command == nil ? "#" : "")command: \(scalar(command ?? "./\(service)"))"]
        case .image(let reference):
            lines += explained("image") + ["    image: \(scalar(reference))"]
        case .git(let source):
            lines += explained("source") + ["    source: {repository: \(scalar("\(source.repository)"))}"]
            lines +=
                explained("command") + ["    \(command == nil ? "#" : "")command: \(scalar(command ?? "./\(service)"))"]
        }
        lines += explained("port") + ["    port: \(port)"]
        lines += explained("hosts") + ["    host: \(host)"]
        let written = Set(["image", "artifact", "source", "port", "hosts"] + (source.isArtifact ? ["command"] : []))
        for key in KeyScope.service.keys where !written.contains(key.name) {
            lines.append("")
            lines += switchedOff(key, in: .service, indent: "    ", depth: 0)
        }
        for key in KeyScope.file.keys where !["project", "services"].contains(key.name) {
            lines.append("")
            lines += switchedOff(key, in: .file, indent: "", depth: 0)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func explained(_ name: String) -> [String] {
        KeyScope.service.key(name).map { ["    # " + $0.summary] } ?? []
    }

    /// A key with its explanation and an example, or its own keys below it, all switched off.
    private static func switchedOff(_ key: KeyReference, in scope: KeyScope, indent: String, depth: Int) -> [String] {
        let inner = String(repeating: "  ", count: depth)
        let standard = key.defaultText.map {
            $0.hasPrefix("(") ? " Default: \($0.dropFirst().dropLast())." : " Default: \($0)."
        }
        let mark = depth == 0 ? "# " : "#\(inner)# "
        var lines = ["\(indent)\(mark)\(key.summary)\((standard ?? "").replacing("`", with: ""))"]
        let isBlock = key.type == .section || key.path == "health"
        let example = key.example.split(separator: "\n").map(String.init)
        if isBlock {
            lines.append("\(indent)#\(inner)\(key.name):")
            for child in scope.below(key).keys {
                lines += switchedOff(child, in: scope.below(key), indent: indent, depth: depth + 1)
            }
        } else if key.type.isMap, !key.example.hasPrefix("{") {
            lines.append("\(indent)#\(inner)\(key.name):")
            lines += example.map { "\(indent)#\(inner)  \($0)" }
        } else if example.count > 1 {
            lines.append("\(indent)#\(inner)\(key.name):")
            lines += example.map { "\(indent)#\(inner)  \($0)" }
        } else {
            lines.append("\(indent)#\(inner)\(key.name): \(key.example)")
        }
        return lines
    }

    /// A text as a YAML scalar, in quotes where a plain one would read differently.
    static func scalar(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "-"), UInt8(ascii: " "):
                true
            case UInt8(ascii: ":"): !text.contains(": ") && !text.hasSuffix(":")
            default: false
            }
        }
        let startsWell = text.first.map { $0.isLetter || $0 == "/" || $0 == "." } ?? false
        let endsWell = text.last != " "
        guard isPlain, startsWell, endsWell, !["true", "false", "null"].contains(text.lowercased()) else {
            return JSONText.quote(text).replacing("$", with: "$$")
        }
        return text
    }
}
