/// Where the active release of a service is to run, by what was done and not by what the daemon says.
struct ExpectedSlot {
    private var isBlue = true
    var service = "web"

    /// Another release has become active.
    mutating func flip() { isBlue.toggle() }

    /// The names of its replicas.
    func places(_ count: Int = 1) -> Set<String> {
        Set((0..<count).map { "\(service)-\(isBlue ? "blue" : "green")-\($0)" })
    }
}
