import Logging
import TealCore
import TealDriverKit
import TealTestSupport

@testable import TealDaemon
@testable import TealEngine

/// What a host remembers, in memory, and the desk over it.
struct MemoryHost {
    let journal = MemoryJournal()
    let contents: JournalContents
    let book: HostBook
    let clock = BootClock()
    let logger: Logger

    init(_ state: HostState) async throws {
        try await journal.append(
            state.services.values.map { .service($0) } + state.releases.values.map { .release($0) }
        )
        contents = try await journal.read()
        book = HostBook(contents: contents, journal: journal, trafficSwitch: WillingSwitch())
        var logger = Logger(label: "teal.test")
        logger.logLevel = .critical
        self.logger = logger
    }

    func desk(_ runtime: any ContainerRuntime, _ performer: any StepPerformer) -> RolloutDesk {
        RolloutDesk(
            contents: contents,
            book: book,
            journal: journal,
            runtime: runtime,
            clock: clock,
            logger: logger
        ) { [journal, clock] observe in
            .init(journal: journal, performer: performer, clock: clock, observe: observe, reach: { _ in })
        }
    }
}
