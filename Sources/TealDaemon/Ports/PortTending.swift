import ServiceLifecycle
import TealCore
import TealEngine

/// Goes on with ports that are being taken over, as long as the daemon runs.
struct PortTending {
    let ports: PortTaking
    let book: HostBook
    let clock: any HostClock

    func run() async {
        while !Task.isCancelled {
            let unended = Set(await book.heldReleases.map(\.id.service))
            await ports.tend(unended: unended)
            await clock.sleep(until: clock.now() + .seconds(1))
        }
    }
}
