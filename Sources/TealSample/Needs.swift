import NIOCore
import NIOPosix

/// What the service cannot do without, such as its database: each place has to accept a connection once.
///
/// Belongs to one event loop.
final class Needs {
    /// How long it waits before it asks a place again.
    static let pause = TimeAmount.milliseconds(100)
    /// How long a place may take to accept.
    static let limit = TimeAmount.seconds(2)

    /// Those that have not accepted yet, in the order in which they were written.
    private(set) var lacking: [HostPort]
    private let loop: any EventLoop

    init(_ places: [HostPort], loop: any EventLoop) {
        lacking = places
        self.loop = loop
    }

    /// Asks every place until it accepts.
    func start() {
        for place in lacking { ask(place) }
    }

    private func ask(_ place: HostPort) {
        ClientBootstrap(group: loop)
            .connectTimeout(Self.limit)
            .connect(host: place.host, port: place.port)
            .assumeIsolated()
            .whenComplete { [self] result in
                switch result {
                case .success(let channel):
                    lacking.removeAll { $0 == place }
                    channel.close(promise: nil)
                case .failure:
                    loop.assumeIsolated().scheduleTask(in: Self.pause) { self.ask(place) }
                }
            }
    }
}
