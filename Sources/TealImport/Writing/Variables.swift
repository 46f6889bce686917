import TealCore

/// Sorts environment variables into those that may stand in `teal.yml` and those whose values must not.
struct Variables {
    /// The longest value, in bytes.
    static let bytesMax = 1 << 16

    /// The names that are secret wherever they stand: one value that looks so is enough.
    private(set) var secretNames: Set<String> = []

    /// What becomes of a variable.
    enum Outcome {
        case plain(String)
        case secret
        case refused(String, next: String)
    }

    /// What a file that was run got from this machine, which is not the file's to say.
    private let machine: [String: String]

    /// Looks at all values of all layers, so that one name is a secret in each of them or in none.
    init(layers: [[ForeignField]], machine: [String: String] = [:]) {
        self.machine = machine
        for field in layers.joined() {
            let value = field.value.text ?? ""
            let isUnset = field.value == .undefined && SecretLook.isLikely(name: field.name)
            if isUnset || SecretLook.isLikely(name: field.name, value: value) { secretNames.insert(field.name) }
        }
    }

    func outcome(_ field: ForeignField) -> Outcome {
        guard EnvironmentVariableName.isFit(field.name) else {
            return .refused("it is not a variable's name", next: "Use letters, digits and `_`, and no digit first.")
        }
        guard !field.name.hasPrefix("TEAL_") else {
            return .refused("variables that begin with `TEAL_` are Teal's own", next: "Give it another name.")
        }
        if secretNames.contains(field.name) { return .secret }
        switch field.value {
        case .null, .undefined:
            return .refused(
                "it has no value here",
                next:
                    "Write `\(field.name): ${\(field.name)}` under `env` to pass on yours, or name it under `secrets`."
            )
        case .list, .object, .code:
            return .refused("its value is not a text", next: "Write the text that the program expects.")
        case .boolean, .number, .string: break
        }
        let text = field.value.text ?? ""
        guard text.utf8.count <= Self.bytesMax, !text.utf8.contains(0) else {
            return .refused(
                "its value is longer than 64k, or has a NUL in it",
                next: "Give it to the program as a file."
            )
        }
        guard machine[field.name] != text else {
            return .refused(
                "it is what this machine has, such as by `...process.env`",
                next: "Write it under `env` if the program needs another one than the server's."
            )
        }
        return .plain(text)
    }

    /// Puts variables into `env` and `secrets` of a service; those in `without` are dealt with elsewhere.
    func put(_ fields: [ForeignField], into keys: inout DraftMap, without: Set<String> = []) {
        var secrets = Self.secrets(of: keys)
        for field in fields where !without.contains(field.name) {
            switch outcome(field) {
            case .plain(let text): keys[map: "env"][field.name] = .text(text)
            case .secret where !secrets.contains(field.name): secrets.append(field.name)
            case .secret, .refused: break
            }
        }
        if !secrets.isEmpty { keys["secrets"] = .texts(secrets) }
    }

    /// Notes what became of each variable of a key.
    func tell(
        _ fields: [ForeignField],
        of name: String,
        in section: ForeignSection,
        to target: String,
        secretsTo service: String,
        without: Set<String> = []
    ) {
        for field in fields where !without.contains(field.name) {
            let part = ".\(field.name)"
            switch outcome(field) {
            case .plain:
                section.tell(part: part, of: name, line: field.line, .carried, became: "\(target).env.\(field.name)")
            case .secret:
                section.tell(
                    part: part,
                    of: name,
                    line: field.line,
                    .changed,
                    became: "\(service).secrets",
                    "it looks secret, so only its name is written",
                    next: "Write a line `\(field.name)=…` into `.teal/secrets.env`."
                )
            case .refused(let reason, let next):
                section.tell(part: part, of: name, line: field.line, .dropped, reason, next: next)
            }
        }
    }

    /// The names that a service's `secrets` has so far.
    static func secrets(of keys: DraftMap) -> [String] {
        guard case .list(let items) = keys["secrets"] else { return [] }
        return items.compactMap { if case .text(let name) = $0 { name } else { nil } }
    }

    /// Fields with those of a later layer laid over.
    static func merged(_ base: [ForeignField], _ over: [ForeignField]) -> [ForeignField] {
        let later = Set(over.map(\.name))
        return base.filter { !later.contains($0.name) } + over
    }
}
