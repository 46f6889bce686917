/// Colours (ECMA-48 SGR), or none.
struct Ink: Hashable {
    let isOn: Bool

    func bold(_ text: String) -> String { paint("1", text) }
    func dim(_ text: String) -> String { paint("2", text) }
    func red(_ text: String) -> String { paint("31", text) }
    func green(_ text: String) -> String { paint("32", text) }
    func yellow(_ text: String) -> String { paint("33", text) }
    func teal(_ text: String) -> String { paint("36", text) }

    /// Green for a release that took over, yellow for one that Teal did not let through.
    func outcome(_ result: ActResult, _ text: String) -> String {
        result.outcome == "settled" ? green(text) : yellow(text)
    }

    private func paint(_ code: String, _ text: String) -> String { isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
}
