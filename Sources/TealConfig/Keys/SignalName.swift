/// The signals that may be named, without `SIG`.
enum SignalName {
    static let all = ["TERM", "INT", "QUIT", "HUP", "USR1", "USR2", "WINCH"]

    /// The name without `SIG`, in capitals; nil when it is not one of them.
    static func parse(_ text: String) -> String? {
        var name = text.uppercased()
        if name.hasPrefix("SIG") { name.removeFirst(3) }
        return all.contains(name) ? name : nil
    }
}
