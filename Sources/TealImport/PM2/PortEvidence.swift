import Foundation

/// Where a port is written that an app may listen on.
package struct PortEvidence: Hashable {
    package let port: Int
    /// Such as `env.PORT` or `EXPOSE in Dockerfile`.
    package let place: String

    /// Ports that the files beside an app name: what its image exposes, and what its `.env`, or the one service of a Compose
    /// file that has it, has as `PORT`.
    ///
    /// Only that one variable is looked at.
    package static func beside(_ directory: String) -> [PortEvidence] {
        var found: [PortEvidence] = []
        for line in lines(of: "\(directory)/.env") {
            let words = line.split(separator: "=", maxSplits: 1).map { $0.filter { !" \t\"'".contains($0) } }
            if words.count == 2, ["PORT", "exportPORT"].contains(words[0]), let port = port(words[1]) {
                found.append(PortEvidence(port: port, place: "PORT in .env"))
            }
        }
        for line in lines(of: "\(directory)/Dockerfile") {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.first?.uppercased() == "EXPOSE" else { continue }
            for word in words.dropFirst() {
                if let port = port(String(word.prefix { $0 != "/" })), !word.hasSuffix("/udp") {
                    found.append(PortEvidence(port: port, place: "EXPOSE in Dockerfile"))
                }
            }
        }
        return found + composed(directory)
    }

    /// What Compose files beside it say, each of the one service in it that says anything.
    private static func composed(_ directory: String) -> [PortEvidence] {
        // Not there: nothing is said.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.filter(isCompose).sorted().compactMap { name in
            // One that cannot be read is told by whoever releases it.
            guard let text = ForeignFile.optionalText("\(directory)/\(name)"),
                let file = try? ForeignYAML.file(text, path: name)
            else { return nil }
            let ports = (file["services"]?.fields ?? []).compactMap { port(variable("PORT", of: $0.value)) }
            return ports.count == 1 ? PortEvidence(port: ports[0], place: "PORT in \(name)") : nil
        }
    }

    private static func isCompose(_ name: String) -> Bool {
        ["compose.", "docker-compose."].contains { name.hasPrefix($0) }
            && [".yml", ".yaml"].contains { name.hasSuffix($0) }
    }

    /// What a service of a Compose file sets a variable to, as a mapping or a list.
    private static func variable(_ name: String, of service: ForeignValue) -> String? {
        guard let variables = service["environment"] else { return nil }
        if let items = variables.items {
            return items.compactMap(\.text).first { $0.hasPrefix("\(name)=") }.map {
                String($0.dropFirst(name.count + 1))
            }
        }
        return variables[name]?.text
    }

    /// The port that arguments fix, and the position of the word that has it: `--port 3000`, `--port=3000`, `-p 3000`.
    static func inArguments(_ words: [String]) -> (port: Int, position: Int)? {
        for (index, word) in words.enumerated() {
            if ["--port", "-p"].contains(word), index + 1 < words.count, let port = port(words[index + 1]) {
                return (port, index + 1)
            }
            if word.hasPrefix("--port="), let port = port(String(word.dropFirst(7))) { return (port, index) }
        }
        return nil
    }

    static func port(_ text: String?) -> Int? {
        guard let text, let port = Int(text), (1...65_535).contains(port) else { return nil }
        return port
    }

    private static func lines(of path: String) -> [Substring] {
        (ForeignFile.optionalText(path) ?? "").split(whereSeparator: \.isNewline)
    }
}
