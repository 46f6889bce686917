/// One object of a foreign file, read along its table of keys, so that none of its keys is passed over in silence.
struct ForeignSection {
    /// The object's own path, such as `apps[0]`; empty for the file's root.
    let path: String
    /// The file, where it is not the one that was named.
    let file: String?
    let keys: [ForeignKey]
    let notes: ImportNotes
    private let fields: [ForeignField]
    private var told: Set<String> = []

    init(_ value: ForeignValue, path: String, keys: [ForeignKey], notes: ImportNotes, file: String? = nil) {
        self.path = path
        self.keys = keys
        self.notes = notes
        self.file = file
        fields = value.fields ?? []
    }

    /// The value of the key, whichever of its spellings was used; the first of them counts.
    func value(_ name: String) -> ForeignValue? { field(name).flatMap { $0.value.isNothing ? nil : $0.value } }

    func has(_ name: String) -> Bool { value(name) != nil }

    func text(_ name: String) -> String? { value(name)?.text }

    /// The keys that are there, as they are written.
    var names: [String] { fields.map(\.name) }

    func field(_ name: String) -> ForeignField? {
        let spellings = keys.first { $0.name == name }?.spellings ?? [name]
        return spellings.lazy.compactMap { spelling in fields.first { $0.name == spelling } }.first
    }

    /// The key's whole path as it was written.
    func path(of name: String) -> String {
        let written = field(name)?.name ?? name
        return path.isEmpty ? written : "\(path).\(written)"
    }

    // MARK: Telling

    /// Notes what became of a key that is there; with what its table says unless another `text` is given.
    mutating func tell(
        _ name: String,
        _ fate: Fate,
        became: String? = nil,
        _ text: String? = nil,
        next: String? = nil
    ) {
        guard let field = field(name) else { return }
        told.insert(field.name)
        let key = keys.first { $0.name == name }
        notes.add(
            ImportEntry(
                key: path(of: name),
                file: file,
                line: field.line,
                fate: fate,
                became: became,
                text: text ?? (fate == .carried ? "" : key?.text ?? ""),
                next: next ?? (fate == .carried ? "" : key?.next ?? "")
            )
        )
    }

    /// Notes what became of a part of a key's value, such as one variable of `env`.
    func tell(
        part: String,
        of name: String,
        line: Int?,
        _ fate: Fate,
        became: String? = nil,
        _ text: String = "",
        next: String = ""
    ) {
        notes.add(
            ImportEntry(
                key: path(of: name) + part,
                file: file,
                line: line ?? field(name)?.line,
                fate: fate,
                became: became,
                text: text,
                next: next
            )
        )
    }

    /// Says that a value cannot be used.
    mutating func refuse(_ name: String, _ reason: String, next: String = "Write it by hand.") {
        tell(name, .dropped, reason, next: next)
    }

    /// Takes a key as told whose parts are told one by one.
    mutating func markTold(_ name: String) {
        if let field = field(name) { told.insert(field.name) }
    }

    /// Notes all keys that nothing was noted of: by their table, or as unknown.
    mutating func finish() {
        for field in fields where !told.contains(field.name) {
            told.insert(field.name)
            let key = keys.first { $0.spellings.contains(field.name) }
            let isSecond = key.flatMap { self.field($0.name) }.map { $0.name != field.name } ?? false
            let text: String
            if isSecond, let key, let first = self.field(key.name) {
                text = "`\(first.name)` says the same and counts"
            } else if field.value.isNothing {
                text = "it has no value"
            } else if field.name.hasPrefix("x-") {
                text = "a place for YAML anchors; what they brought is in their places"
            } else if let key {
                text = key.fate == .dropped ? key.text : "it has no effect beside the other keys"
            } else {
                text = "no such key is known here"
            }
            notes.add(
                ImportEntry(
                    key: path.isEmpty ? field.name : "\(path).\(field.name)",
                    file: file,
                    line: field.line,
                    fate: .dropped,
                    became: nil,
                    text: text,
                    next: isSecond || field.value.isNothing ? "" : key?.next ?? ""
                )
            )
        }
    }
}
