/// Where the nginx of a host and its files are, as whoever starts the daemon says; nil for the usual place.
package struct NginxPlaces: Hashable, Sendable {
    /// The program.
    package var program: String?
    /// The file that nginx was started with.
    package var configuration: String?
    /// Where its master process writes its number.
    package var pidFile: String?
    /// Teal's own file.
    package var include: String?
    /// Where requests are noted.
    package var log: String?
    /// Where nginx says which table it follows.
    package var status: Endpoint?
    /// Where requests through the public route go.
    package var probe: Endpoint?
    /// Sites that exist, by service: in each the one line that leads to the service is rewritten.
    package var sites: [ServiceKey: String] = [:]

    package init() {}
}
