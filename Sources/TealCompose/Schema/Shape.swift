/// What a value of a Compose file may look like, before it has a type.
indirect enum Shape: Sendable {
    /// Anything at all.
    case anything
    /// One of these kinds.
    case kinds([Kind])
    /// A text or a whole number from `minimum` to `maximum`.
    case whole(minimum: Int, maximum: Int)
    /// A text that is one of these.
    case choice([String])
    /// A text of a certain form.
    case form(@Sendable (String) -> Bool, advice: String)
    case list(Shape, isUnique: Bool)
    /// A mapping whose keys are known.
    case fields(Fields)
    /// A mapping whose keys are names.
    case named(Shape, isNameFree: Bool = false)
    /// The first shape whose kind fits.
    case either([Shape])

    enum Kind: Sendable {
        case text, number, whole, flag, null, mapping

        var name: String {
            switch self {
            case .text: "a text"
            case .number: "a number"
            case .whole: "a whole number"
            case .flag: "true or false"
            case .null: "nothing"
            case .mapping: "a mapping"
            }
        }

        func fits(_ node: ComposeNode) -> Bool {
            switch (self, node.content) {
            case (.text, .string), (.number, .int), (.number, .big), (.number, .float), (.whole, .int), (.whole, .big),
                (.flag, .bool), (.null, .null), (.mapping, .mapping):
                true
            case (.whole, .float(let value)): value == value.rounded()
            default: false
            }
        }
    }

    /// The keys of a mapping.
    struct Fields: Sendable {
        let shapes: [String: Shape]
        let required: [String]
        /// Whether keys that begin with `x-` are free.
        let takesExtensions: Bool
        /// Whether every other key is free too.
        let takesAnything: Bool

        init(
            _ shapes: [String: Shape],
            required: [String] = [],
            takesExtensions: Bool = true,
            takesAnything: Bool = false
        ) {
            self.shapes = shapes
            self.required = required
            self.takesExtensions = takesExtensions
            self.takesAnything = takesAnything
        }
    }

    static let text = kinds([.text])
    static let flag = kinds([.flag, .text])
    static let number = kinds([.number, .text])
    static let wholeNumber = kinds([.whole, .text])
    static let texts = list(.text, isUnique: false)
    static let uniqueTexts = list(.text, isUnique: true)
    static let textOrTexts = either([.text, .uniqueTexts])
    static let command = either([.kinds([.null, .text]), .texts])
    static let pairs = either([
        .named(.kinds([.text, .number, .flag, .null]), isNameFree: true), .uniqueTexts,
    ])
    static let hosts = either([.named(.either([.text, .texts]), isNameFree: true), .uniqueTexts])
    static let options = named(.kinds([.text, .number]), isNameFree: true)

    /// Whether the value's kind is one that the shape takes, whatever it holds.
    func fitsKind(of node: ComposeNode) -> Bool {
        switch self {
        case .anything: true
        case .kinds(let kinds): kinds.contains { $0.fits(node) }
        case .whole: Kind.whole.fits(node) || node.text != nil
        case .choice, .form: node.text != nil
        case .list: node.list != nil
        case .fields, .named: node.mapping != nil
        case .either(let shapes): shapes.contains { $0.fitsKind(of: node) }
        }
    }

    /// The kinds that the shape takes, in words with articles.
    var kindNames: [String] {
        switch self {
        case .anything: ["anything"]
        case .kinds(let kinds): kinds.map(\.name)
        case .whole: ["a whole number", "a text"]
        case .choice, .form: ["a text"]
        case .list: ["a list"]
        case .fields, .named: ["a mapping"]
        case .either(let shapes):
            shapes.flatMap(\.kindNames).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        }
    }
}
