/// What must hold before a release may take traffic.
package struct HealthGate: Hashable, Sendable, Codable {
    package var check: HealthCheck
    /// Passes in a row that are needed.
    package var passes: Int = 3
    /// The shortest time between two passes that count.
    package var spacing: Duration = .milliseconds(250)
    /// The first wait between probes; doubled after every failure up to `interval`.
    package var quickInterval: Duration = .milliseconds(50)
    /// The longest wait between probes, and the pace between rollouts.
    package var interval: Duration = .seconds(2)
    /// How long one probe may take.
    package var timeout: Duration = .seconds(5)
    /// How long the whole gate may take.
    package var deadline: Duration = .seconds(80)

    package init(check: HealthCheck = .none) { self.check = check }
}

/// One way to ask a replica whether it is well.
package enum HealthCheck: Hashable, Sendable, Codable {
    /// Nothing was said: the gate only sees that the replica keeps running, and says so. The check that an image brings
    /// along counts all the same.
    case none
    /// Nothing is to be asked, not even what an image brings along.
    case off
    case http(HTTPExpectation)
    /// A connection is accepted by the replica's own process.
    case tcp
    /// It takes work, by an answer in the store's own protocol.
    case store(StoreProtocol)
    /// A command in the replica's surroundings that ends with 0.
    case command([String])

    /// Whether it asks a replica nothing.
    package var isEmpty: Bool { self == .none || self == .off }
}

/// A request to a replica and what its answer must be.
package struct HTTPExpectation: Hashable, Sendable, Codable {
    package var method: String = "GET"
    package var path: String = "/"
    /// Sent with the request, `Host` included; by name.
    package var headers: [String: String] = [:]
    package var body: String?
    /// Accepted statuses; empty accepts 200 to 299.
    package var statuses: [Int] = []
    /// JSON fields by dotted path (`data.ready`) and the value that each must have, as JSON text (`true`, `"ok"`, `3`).
    package var jsonFields: [String: String] = [:]
    /// A regular expression that the body must contain a match of.
    package var bodyPattern: String?
    /// Headers that the answer must carry, by lower-case name, with their exact values.
    package var answerHeaders: [String: String] = [:]
    /// The longest time until the whole answer is there.
    package var latencyMax: Duration?

    package init(path: String = "/") { self.path = path }
}

/// A request that a person wrote to try a new release before it takes traffic.
package struct SmokeRequest: Hashable, Sendable, Codable {
    package var name: String
    package var expectation: HTTPExpectation
    package var timeout: Duration = .seconds(10)

    package init(name: String, expectation: HTTPExpectation) {
        self.name = name
        self.expectation = expectation
    }

    /// Whether the request may change something, so that it is sent once only (RFC 9110 section 9.2.1).
    package var writes: Bool { !["GET", "HEAD", "OPTIONS"].contains(expectation.method) }
}
