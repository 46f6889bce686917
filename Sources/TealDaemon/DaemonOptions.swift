/// What a daemon is started with.
package struct DaemonOptions: Sendable {
    /// The directory that holds everything the daemon writes.
    package var home: String
    /// Where the API's socket is made; nil for `run/teal.sock` in the home.
    package var socket: String?
    /// Public addresses of the proxy, `address:port`; port 0 for any.
    package var listen: [String]
    /// Internal addresses of the proxy.
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
