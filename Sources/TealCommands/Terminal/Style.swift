/// Colours for people (ECMA-48 SGR); does nothing when it is off.
struct Style: Hashable, Sendable {
    let isOn: Bool

    /// The parameters of every sequence that is written here.
    static let codes: Set<String> = ["0", "1", "2", "31", "32", "33", "36"]

    static let plain = Style(isOn: false)

    func bold(_ text: String) -> String { wrap(text, "1") }
    func dim(_ text: String) -> String { wrap(text, "2") }
    func red(_ text: String) -> String { wrap(text, "31") }
    func green(_ text: String) -> String { wrap(text, "32") }
    func yellow(_ text: String) -> String { wrap(text, "33") }
    func blue(_ text: String) -> String { wrap(text, "36") }

    private func wrap(_ text: String, _ code: String) -> String { isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
}
