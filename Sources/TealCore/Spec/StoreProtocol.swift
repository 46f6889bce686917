/// The protocol of its own in which a store is asked whether it takes work; no program of the store is needed for that.
package enum StoreProtocol: Hashable, Sendable, Codable {
    /// The start of a connection, as `pg_isready` does it: whatever is answered but 57P03 (starting up, shutting down,
    /// in recovery) is ready. The user is named in the start, and never logs in with a password.
    case postgres(user: String)
    /// `PING`: `+PONG` is ready, and so is an answer that only asks for a password.
    case redis

    /// A protocol without what is said in it.
    package enum Name: String, Hashable, Sendable, CaseIterable {
        case postgres
        case redis

        /// The port that its servers listen on unless they are told otherwise.
        package var usualPort: Int {
            switch self {
            case .postgres: 5432
            case .redis: 6379
            }
        }

        /// For people.
        package var title: String {
            switch self {
            case .postgres: "PostgreSQL"
            case .redis: "Redis"
            }
        }
    }

    /// The user that every PostgreSQL has unless it was made with another one.
    private static let usualUser = "postgres"
    /// The longest name of a PostgreSQL user, in bytes (`NAMEDATALEN` less its end).
    private static let userBytesMax = 63

    /// What is said to a store whose own variables are known.
    ///
    /// - Parameters:
    ///   - name: The protocol.
    ///   - environment: The store's variables; `POSTGRES_USER` is whom the usual images make it with.
    package init(_ name: Name, environment: [String: String]) {
        switch name {
        case .redis: self = .redis
        case .postgres:
            let user = environment["POSTGRES_USER"] ?? Self.usualUser
            let isFit = (1...Self.userBytesMax).contains(user.utf8.count) && !user.utf8.contains(0)
            self = .postgres(user: isFit ? user : Self.usualUser)
        }
    }

    package var name: Name {
        switch self {
        case .postgres: .postgres
        case .redis: .redis
        }
    }
}
