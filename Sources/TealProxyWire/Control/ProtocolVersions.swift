/// The versions of the control protocol that one side speaks.
///
/// Both sides speak the present version and, once there is one, the version before it, so that daemon and proxy can be
/// replaced one after the other.
package struct ProtocolVersions: Hashable, Sendable {
    package let lowest: UInt32
    package let highest: UInt32

    package init(lowest: UInt32, highest: UInt32) {
        self.lowest = lowest
        self.highest = highest
    }

    /// What this build speaks.
    ///
    /// Version 2 brought scopes: ``RouteTable/listeners`` and ``ProxyRoute/scope``. Version 3 brought ports of the host:
    /// listeners for everybody, with routes for any host, and ``ControlRequest/place(_:_:)``. To one who speaks an earlier
    /// version a table is sent without what it does not know (``RouteTable/spoken(in:)``).
    package static let spoken = ProtocolVersions(lowest: 1, highest: RouteTable.portsVersion)

    /// All of them, ascending.
    package var all: ClosedRange<UInt32> { lowest...highest }

    /// The highest version that both speak; nil when there is none.
    package func common(with other: ProtocolVersions) -> UInt32? {
        let version = min(highest, other.highest)
        return version >= max(lowest, other.lowest) ? version : nil
    }
}
