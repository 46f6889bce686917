package import TealCore

/// Where an nginx and its files are, and what of them is Teal's.
package struct NginxSettings: Hashable, Sendable {
    /// The program, an absolute path.
    package var program = "/usr/sbin/nginx"
    /// The file that nginx was started with.
    package var configuration = "/etc/nginx/nginx.conf"
    /// Where the master process writes its number.
    package var pidFile = "/run/nginx.pid"
    /// Teal's own file; the configuration includes it inside `http`.
    package var include = "/etc/nginx/conf.d/teal.conf"
    /// Where nginx writes a line for each request to a service; its directory must let nginx's workers in.
    package var log = "/var/log/nginx/teal.log"
    /// The directory of the driver's record.
    package var stateDirectory: String
    /// Where nginx says which table it follows; an address of this host's loopback.
    package var status = Endpoint(address: "127.0.0.1", port: 7079)
    /// Public addresses, `address:port`, where Teal's file has servers of its own; none when sites that exist lead to its
    /// upstreams.
    package var listen: [String] = []
    /// Internal addresses, `address:port`.
    package var internalListen: [String] = []
    /// Sites that exist, by service: in each the one line that leads to the service is rewritten.
    package var sites: [ServiceKey: String] = [:]
    /// Where requests through the public route go in plain HTTP; nil for the first of `listen`, then of `internalListen`.
    package var probe: Endpoint?
    /// How long a test of the configuration may take.
    package var testLimit = Duration.seconds(8)
    /// How long nginx may take until it follows what it was told to.
    package var confirmLimit = Duration.seconds(8)
    /// The size from which Teal empties its log itself, in bytes, where nothing rotates it.
    package var logBytesMax = 512 << 20

    package init(stateDirectory: String) { self.stateDirectory = stateDirectory }

    /// What cannot be seen of a service whose site is its own, one line each; empty for every other service.
    package func blindSpots(of service: ServiceKey) -> [String] {
        guard let path = sites[service] else { return [] }
        return [
            "\(service): \(path) is a site of its own, so its requests are not counted: the watch has synthetic probes only",
            "\(service): WebSockets are counted as requests there, and are cut at the longer limit of the two",
        ]
    }
}
