import TealCore

/// The words for how a replica proves that it is well.
enum HealthWords {
    /// Such as `GET /up`, `PostgreSQL answers at port 5432` or ``pg_isready -U shop` ends with 0``; nil for a job.
    static func text(_ spec: ServiceSpec) -> String? {
        guard spec.kind != .job else { return nil }
        let port = spec.port.map { " at port \($0)" } ?? ""
        switch spec.health.check {
        case .none: return spec.written?.healthcheck == nil ? "it keeps running" : "its own health check"
        case .off: return "none: it only has to run"
        case .http(let expectation): return "\(expectation.method) \(expectation.path)"
        case .tcp: return "a connection\(port)"
        case .store(let store): return "\(store.name.title) answers\(port) that it takes work"
        case .command(let words): return "`\(words.joined(separator: " "))` ends with 0"
        }
    }
}
