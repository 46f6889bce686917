package import TealCore

/// What a daemon is started with.
package struct DaemonOptions: Sendable {
    /// The directory that holds everything the daemon writes.
    package var home: String
    /// Where the API's socket is made; nil for `run/teal.sock` in the home.
    package var socket: String?
    /// What moves the traffic.
    package var trafficSwitch = SwitchKind.proxy
    /// Where nginx is, for a home whose traffic it moves.
    package var nginx = NginxPlaces()
    /// Public addresses of the switch, `address:port`; with the proxy also port 0 for any.
    ///
    /// With nginx none, where sites of its own lead to Teal's names.
    package var listen: [String]
    /// Internal addresses of the switch.
    package var internalListen: [String]
    /// Paths of the other two programs; nil for those beside this one.
    package var proxyProgram: String?
    package var shimProgram: String?
    /// The Engine's socket; nil for the one of `DOCKER_HOST`, or the first usual one that is there.
    package var dockerSocket: String?
    /// The addresses that networks of projects are made of, such as `10.213.0.0/16`.
    package var dockerSubnets: String = "10.213.0.0/16"

    package init(home: String) {
        self.home = home
        listen = []
        internalListen = []
    }
}
