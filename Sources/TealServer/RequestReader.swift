import Hummingbird
import TealAPI
import TealCore

/// Reads parameters of paths and queries into checked values.
struct RequestReader {
    /// How long the rest of a body is read and thrown away once it is not wanted any more.
    ///
    /// A caller that is cut off while it sends may never read what it was answered: closing a Unix socket with unread bytes
    /// fails its next write.
    static let restLimit = Duration.seconds(5)

    let request: Request
    let parameters: Parameters

    func text(_ name: String) throws(Problem) -> String {
        guard let value = parameters.get(name) else { throw APIProblem.malformed("'\(name)' is missing in the path") }
        return value
    }

    func artifactHash() throws(Problem) -> ArtifactHash {
        guard let hash = ArtifactHash(parsing: try text("sha256")) else {
            throw APIProblem.malformed("'sha256' is not 64 lower-case hexadecimal digits")
        }
        return hash
    }

    func name<Kind>(_ name: String, of _: Name<Kind>.Type) throws(Problem) -> Name<Kind> {
        try Self.parse(try text(name), as: name)
    }

    /// A rollout's id as it was written; the daemon says whether there is one.
    func rollout() throws(Problem) -> String {
        let id = try text("id")
        guard id.utf8.count <= 20 else { throw APIProblem.malformed("'id' is not the name of a rollout") }
        return id
    }

    func query(_ name: String) -> String? { request.uri.queryParameters[name[...]].map(String.init) }

    func queryName<Kind>(_ name: String, of _: Name<Kind>.Type) throws(Problem) -> Name<Kind>? {
        guard let text = query(name) else { return nil }
        return try Self.parse(text, as: name)
    }

    func queryProject() throws(Problem) -> ProjectName? { try queryName("project", of: ProjectName.self) }

    func queryNumber(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = query(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw APIProblem.malformed("'\(name)' is not a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func queryFlag(_ name: String) throws(Problem) -> Bool {
        switch query(name) {
        case nil, "false": false
        case "true", "": true
        default: throw APIProblem.malformed("'\(name)' is neither true nor false")
        }
    }

    private static func parse<Kind>(_ text: String, as name: String) throws(Problem) -> Name<Kind> {
        do {
            return try Name(parsing: text)
        } catch {
            throw APIProblem.malformed("'\(name)': \(error)")
        }
    }
}
