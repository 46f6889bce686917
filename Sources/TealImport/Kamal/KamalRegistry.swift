import TealCore

/// Reads `registry`, whose password is a secret's name or, against all advice, a value.
struct KamalRegistry {
    private var section: ForeignSection
    private let notes: ImportNotes

    init(_ value: ForeignValue, path: String, notes: ImportNotes, file: String?) {
        section = ForeignSection(value, path: path, keys: KamalKeys.registry, notes: notes, file: file)
        self.notes = notes
    }

    /// The registry's host, and the entry that Teal needs to pull from it; no entry where no one has to be named.
    mutating func entry() -> (host: String?, entry: DraftMap?) {
        let server = section.text("server").map { text in
            let bare = text.firstRange(of: "://").map { String(text[$0.upperBound...]) } ?? text
            return String(bare.prefix { $0 != "/" })
        }
        section.tell("server", .carried, became: "registries[].host")
        guard let password = section.value("password"), section.has("username") else {
            section.finish()
            return (server, nil)
        }
        var entry = DraftMap()
        entry["host"] = .text(server ?? "docker.io")
        if let user = section.value("username")?.text {
            entry["username"] = .text(user)
            section.tell("username", .carried, became: "registries[].username")
        } else {
            let name = section.value("username")?.items?.first?.text ?? "REGISTRY_USERNAME"
            entry["username"] = .raw("${\(name):-unknown}")
            section.tell(
                "username",
                .changed,
                became: "registries[].username",
                "it comes from the variable \(name) of who deploys",
                next: "Write the user's name there; it is no secret."
            )
        }
        let named = password.items?.first?.text
        let isName =
            named.map { EnvironmentVariableName.isFit($0) && $0 == $0.uppercased() && !$0.hasPrefix("TEAL_") } ?? false
        let secret = isName ? named ?? "" : "REGISTRY_PASSWORD"
        entry["password"] = .text(secret)
        section.tell(
            "password",
            isName ? .carried : .changed,
            became: "registries[].password: \(secret)",
            "the value is not copied, only a name for it",
            next: "Write a line `\(secret)=…` into `.teal/secrets.env`."
        )
        section.finish()
        return (server, entry)
    }
}
