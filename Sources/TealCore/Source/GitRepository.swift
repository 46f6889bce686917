/// Where a git repository is: an absolute path of the host that builds, or a URL of `https` or `ssh`.
///
/// The forms are those of git-fetch(1), "GIT URLS", without those that anybody on the way can change
/// (`http`, `git`) or that run a program (`ext`). A text that passes never looks like an option, and holds no password.
package struct GitRepository: Hashable, Sendable, CustomStringConvertible {
    /// How it is reached.
    package enum Way: Hashable, Sendable {
        case path
        case https
        case ssh
    }

    /// The longest one, in bytes.
    package static let bytesMax = 2000

    package let description: String
    package let way: Way

    /// Checks `text`; `file:///srv/shop.git` is taken for the path.
    ///
    /// - Throws: ``GitTextError`` with the first rule that it breaks.
    package init(parsing text: String) throws(GitTextError) {
        guard !text.isEmpty else { throw .empty }
        guard text.utf8.count <= Self.bytesMax else { throw .tooLong(bytesMax: Self.bytesMax) }
        // A quote or a backslash would have to be escaped in git's configuration and in a shell.
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && !Self.forbidden.contains($0) }) else {
            throw .badCharacter
        }
        guard !text.hasPrefix("-") else { throw .option }
        if text.hasPrefix("/") {
            self.init(text, .path)
        } else if text.hasPrefix("file:///") {
            self.init(String(text.dropFirst("file://".count)), .path)
        } else if let scheme = Self.scheme(of: text) {
            let rest = text.dropFirst(scheme.count + "://".count)
            let authority = rest.prefix { $0 != "/" }
            let at = authority.lastIndex(of: "@")
            let user = at.map { authority[..<$0] }
            let host = at.map { authority[authority.index(after: $0)...] } ?? authority
            guard !host.isEmpty, !host.hasPrefix("-"), !host.hasPrefix(":"), rest.count > authority.count + 1 else {
                throw .incomplete
            }
            switch scheme {
            case "https":
                guard user == nil else { throw .password }
                self.init(text, .https)
            case "ssh":
                guard user?.contains(":") != true else { throw .password }
                guard user?.hasPrefix("-") != true, user?.isEmpty != true else { throw .incomplete }
                self.init(text, .ssh)
            default: throw .scheme(scheme)
            }
        } else {
            guard let colon = text.firstIndex(of: ":"), !text[..<colon].contains("/") else { throw .relative }
            let parts = text[..<colon].split(separator: "@", omittingEmptySubsequences: false)
            guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && !$0.hasPrefix("-") }),
                text.index(after: colon) != text.endIndex, text[text.index(after: colon)] != ":"
            else { throw .incomplete }
            self.init(text, .ssh)
        }
    }

    private init(_ text: String, _ way: Way) {
        description = text
        self.way = way
    }

    private static let forbidden = Array("\"'\\`$<>".utf8)

    /// What stands before `://`; nil where nothing does.
    private static func scheme(of text: String) -> String? {
        text.firstRange(of: "://").map { String(text[..<$0.lowerBound]) }
    }

    /// The scheme and the host of an `https` URL, with its port: what a password is good for.
    package var httpsOrigin: String? {
        guard way == .https else { return nil }
        return "https://" + description.dropFirst("https://".count).prefix { $0 != "/" }
    }
}

extension GitRepository: Codable {
    package init(from decoder: any Decoder) throws {
        self = try GitTextError.decode(decoder) { text throws(GitTextError) in try GitRepository(parsing: text) }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Why a text stands for nothing in git.
package enum GitTextError: Error, Hashable, Sendable, CustomStringConvertible {
    case empty
    case tooLong(bytesMax: Int)
    case badCharacter
    /// It begins with `-`.
    case option
    case incomplete
    /// A path that is not from the root.
    case relative
    case scheme(String)
    /// A name or a password in the URL.
    case password
    /// A rule of git-check-ref-format(1).
    case badRef(String)
    /// A commit's hash that is cut short.
    case shortCommit
    case badCommit

    package var description: String {
        switch self {
        case .empty: "it is empty"
        case .tooLong(let bytesMax): "it has more than \(bytesMax) bytes"
        case .badCharacter: "it has a space, a quote or another character that it cannot have"
        case .option: "it begins with '-'"
        case .incomplete: "it lacks its host or its path"
        case .relative: "it is neither an absolute path of the server nor a URL"
        case .scheme(let scheme): "'\(scheme)' is not a way that is safe; those are https and ssh"
        case .password: "it holds a name or a password"
        case .badRef(let why): why
        case .shortCommit: "a commit is written with all its 40 digits"
        case .badCommit: "a commit is 40 or 64 hexadecimal digits"
        }
    }

    /// Reads a text and checks it.
    static func decode<Value>(
        _ decoder: any Decoder,
        _ parse: (String) throws(GitTextError) -> Value
    ) throws -> Value {
        let text = try decoder.singleValueContainer().decode(String.self)
        do throws(GitTextError) {
            return try parse(text)
        } catch {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "\(error)"))
        }
    }
}
