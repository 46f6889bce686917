/// Who listens at a port of this host.
package enum PortHolder {
    /// The program that takes connections to the host's loopback, or to every address, at a port, as people read it; nil
    /// when none does or it cannot be seen.
    package static func name(of port: Int) -> String? { ListenerTable.holderName(of: port) }
}
