package import TealCore
package import TealDriverKit
import TealProxyWire

/// Ports of the host that another program has and is about to give up.
extension ProxySwitch {
    /// Lets the proxy listen at another port of the same address, whose connections count as if they had come in at this one.
    ///
    /// - Parameters:
    ///   - place: A port that the followed table names.
    ///   - port: Which other; nil for any that is free. Asked again without one, the answer is the same.
    /// - Returns: The other port.
    /// - Throws: ``SwitchError/refused(_:)`` when it cannot be had, or the proxy is of an earlier version.
    package func standIn(for place: HostPort, at port: Int? = nil) async throws(SwitchError) -> Int {
        let wanted = port.flatMap(UInt16.init(exactly:)) ?? 0
        let (found, problem) = try await change(place, .standIn(port: wanted))
        if let problem { throw .refused(problem) }
        return found
    }

    /// Ends what stands in for a port; what has come in there goes on.
    package func endStandIn(for place: HostPort) async throws(SwitchError) {
        _ = try await change(place, .endStandIn)
    }

    /// Lets the proxy listen at a port now that nobody has it.
    ///
    /// - Returns: Why it does not; nil when it does.
    package func listen(at place: HostPort) async throws(SwitchError) -> String? {
        try await change(place, .listen).problem
    }

    private func change(
        _ place: HostPort,
        _ action: PlaceAction
    ) async throws(SwitchError) -> (port: Int, problem: String?) {
        guard let address = TargetAddress(place) else { throw .refused("\(place) is no port") }
        guard case .place(let port, let problem) = try await ask(.place(address, action)) else {
            throw Self.unfit("place")
        }
        return (Int(port), problem)
    }
}
