/// Guesses what is secret by the look of it, for warnings only.
package enum SecretLook {
    private static let signs = ["PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "TOKEN", "CREDENTIAL", "APIKEY"]
    private static let lastWords: Set<Substring> = ["KEY", "PASS", "PWD", "DSN"]

    /// Whether a variable's name is one that secrets usually have: `STRIPE_KEY`, `DB_PASSWORD`, not `PUBLIC_KEY`.
    package static func isLikely(name: String) -> Bool {
        let name = name.uppercased()
        if signs.contains(where: name.contains) { return true }
        let words = name.split(separator: "_")
        guard words.count > 1, let last = words.last, lastWords.contains(last) else { return false }
        return !words.contains("PUBLIC")
    }

    /// Whether a variable of that name and value looks secret.
    ///
    /// A number of few digits or a word such as `true` is not one, whatever its name; an address with a password in it
    /// is one.
    package static func isLikely(name: String, value: String) -> Bool {
        if value.isEmpty || ["true", "false", "yes", "no", "on", "off", "none"].contains(value.lowercased()) {
            return false
        }
        if value.utf8.count < 6, value.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            return false
        }
        return isLikely(name: name) || hasPassword(value)
    }

    /// Whether it is an address with a user and a password before its `@` (RFC 3986 section 3.2.1).
    private static func hasPassword(_ value: String) -> Bool {
        guard let scheme = value.firstRange(of: "://") else { return false }
        let authority = value[scheme.upperBound...].prefix { $0 != "/" }
        guard let at = authority.lastIndex(of: "@"), let colon = authority.firstIndex(of: ":") else { return false }
        return authority.index(after: colon) < at
    }
}
