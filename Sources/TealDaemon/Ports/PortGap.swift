import TealCore

/// A time in which nobody answered at a port of the host, while it passed from an adopted container to the proxy.
struct PortGap: Hashable, Sendable, Codable {
    /// How many are remembered.
    static let keptMax = 8
    /// What is shorter is the pace at which the port is asked.
    static let least: Duration = .milliseconds(100)

    let service: ServiceKey
    let place: HostPort
    /// The container's name.
    let container: String
    /// Seconds since 1970.
    let began: Double
    let seconds: Double

    /// Whether it touches the time from `start` to `end`.
    func overlaps(_ start: Double, _ end: Double) -> Bool { began <= end && began + seconds >= start }
}
