/// How the proxy's listeners differ from those that the daemon was started with.
enum ListenerDrift {
    /// One line for each kind that differs.
    static func of(_ found: [String], wanted: [String], kind: String) -> String? {
        var left = found
        var isMissing = false
        for address in wanted {
            if let index = left.firstIndex(where: { matches($0, address) }) {
                left.remove(at: index)
            } else {
                isMissing = true
            }
        }
        guard isMissing || !left.isEmpty else { return nil }
        func list(_ addresses: [String]) -> String { addresses.isEmpty ? "nothing" : addresses.joined(separator: ", ") }
        return "the proxy's \(kind) address is \(list(found)), the daemon was started with \(list(wanted))"
    }

    /// Whether an address is the wanted one; port 0 is any, and so is what a name stands for.
    private static func matches(_ found: String, _ wanted: String) -> Bool {
        guard let (host, port) = parts(found), let (wantedHost, wantedPort) = parts(wanted) else { return false }
        guard wantedPort == 0 || wantedPort == port else { return false }
        let isName = wantedHost.contains { $0.isLetter } && !wantedHost.contains(":")
        return isName || host == wantedHost
    }

    private static func parts(_ address: String) -> (String, Int)? {
        guard let colon = address.lastIndex(of: ":"), let port = Int(address[address.index(after: colon)...]) else {
            return nil
        }
        return (address[..<colon].filter { $0 != "[" && $0 != "]" }, port)
    }
}
