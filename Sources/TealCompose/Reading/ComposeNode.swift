/// A value of a Compose file that has no type yet, with the place where it was written.
struct ComposeNode: Sendable {
    indirect enum Content: Sendable {
        case null
        case bool(Bool)
        case int(Int)
        /// A whole number that only fits without a sign.
        case big(UInt64)
        case float(Double)
        /// A plain date or time, which YAML 1.1 takes for something else than a text.
        case moment(String)
        case string(String)
        case list([ComposeNode])
        case mapping(ComposeMapping)
    }

    var content: Content
    var place: SourcePlace

    init(_ content: Content, at place: SourcePlace) {
        self.content = content
        self.place = place
    }

    init(_ text: String, at place: SourcePlace) { self.init(.string(text), at: place) }

    var isNull: Bool { if case .null = content { true } else { false } }
    var text: String? { if case .string(let text) = content { text } else { nil } }
    var bool: Bool? { if case .bool(let value) = content { value } else { nil } }
    var int: Int? { if case .int(let value) = content { value } else { nil } }
    var list: [ComposeNode]? { if case .list(let items) = content { items } else { nil } }
    var mapping: ComposeMapping? { if case .mapping(let mapping) = content { mapping } else { nil } }

    /// A scalar as a text, numbers in their shortest form; nil for lists, mappings and null.
    var scalarText: String? {
        switch content {
        case .string(let text), .moment(let text): text
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        case .big(let value): String(value)
        case .float(let value): NumberText.general(value)
        case .null, .list, .mapping: nil
        }
    }

    /// The kind in words, with its article, for messages.
    var kindName: String {
        switch content {
        case .null: "nothing"
        case .bool: "true or false"
        case .int, .big, .float: "a number"
        case .moment: "a date"
        case .string: "a text"
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }

    /// Whether both hold the same, wherever they were written.
    func isSame(as other: ComposeNode) -> Bool {
        switch (content, other.content) {
        case (.null, .null): true
        case (.bool(let one), .bool(let two)): one == two
        case (.int(let one), .int(let two)): one == two
        case (.big(let one), .big(let two)): one == two
        case (.float(let one), .float(let two)): one == two
        case (.string(let one), .string(let two)), (.moment(let one), .moment(let two)): one == two
        case (.list(let one), .list(let two)):
            one.count == two.count && zip(one, two).allSatisfy { $0.isSame(as: $1) }
        case (.mapping(let one), .mapping(let two)):
            one.count == two.count && one.entries.allSatisfy { two[$0.key]?.isSame(as: $0.value) ?? false }
        default: false
        }
    }
}
