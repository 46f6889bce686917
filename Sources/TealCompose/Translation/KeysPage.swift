/// `docs/compose-keys.md`, made from the table of keys.
package enum KeysPage {
    package static var text: String {
        var lines = [
            "# Keys of Compose files", "",
            "<!-- Generated from Teal's table of keys; `TEAL_UPDATE_DOCS=1 swift test --filter TealComposeTests` writes it anew. -->",
            "",
            """
            Teal runs the services of a Compose file exactly as they are written, with the exceptions of this page. What is \
            not named below a key is honoured with it. `teal compose report` tells the same of the keys that a project's files \
            have, each with its line; nothing is left out without a word. Keys that begin with `x-` are free; of them Teal reads `x-teal` alone.
            """,
            "",
        ]
        let sections: [(title: String, keys: [ComposeKey])] = [
            ("The file", ComposeKeyTable.topKeys), ("A service", ComposeKeyTable.serviceKeys),
            ("A network", ComposeKeyTable.networkKeys), ("A volume", ComposeKeyTable.volumeKeys),
            ("A secret", ComposeKeyTable.secretKeys), ("A configuration", ComposeKeyTable.configKeys),
        ]
        for section in sections {
            lines += ["## \(section.title)", "", "| key | Teal | how, or why |", "|---|---|---|"]
            for key in section.keys where !key.path.hasSuffix(".*") || key.verdict.text != nil {
                lines.append("| `\(shown(key.path))` | \(key.verdict.name) | \(key.verdict.text ?? "") |")
            }
            lines.append("")
        }
        return lines.joined(separator: "\n")
    }

    /// `networks.*.aliases` for `services.*.networks.*.aliases`: the section is named above the table.
    private static func shown(_ path: String) -> String {
        let parts = path.split(separator: ".").map(String.init)
        let own = parts.count > 2 && parts[1] == "*" ? Array(parts.dropFirst(2)) : parts
        return own.joined(separator: ".").replacing(".[]", with: "[]")
    }
}
