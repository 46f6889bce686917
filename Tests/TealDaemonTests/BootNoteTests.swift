import Logging
import Synchronization
import TealCore
import TealDriverKit
import TealTestSupport
import Testing

@testable import TealDaemon
@testable import TealEngine

/// In one boot a route stays on what cannot be seen: so which boot the journalled routes are of must be known.
@Suite struct `After a start on a full disk` {
    @Test(.timeLimit(.minutes(1))) func `the boot is noted once the journal holds what its start found`() async throws {
        try await Fixture.with("boot-note") { fixture in
            let bench = try await Controls(fixture, try Samples().state(active: 41))
            let journal = try #require(bench.control.journal as? MemoryJournal)
            let book = bench.control.book
            await journal.fill(true)
            try await book.changeUnrecorded { state in
                for key in state.services.keys { state.services[key]?.routed = .vacant }
            }
            let noted = Mutex(0)
            let keeper = KeeperService(
                drivers: bench.control.drivers,
                wards: bench.runtime.wards,
                book: book,
                desk: bench.control.desk,
                clock: BootClock(),
                logger: Logger(label: "teal.test", factory: { _ in SwiftLogNoOpLogHandler() }),
                republishes: true,
                noteWritten: { noted.withLock { $0 += 1 } }
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await keeper.run() }
                defer { group.cancelAll() }
                // It has looked, and could not write.
                try await eventually { bench.processes.asked.contains("replicas") }
                #expect(noted.withLock(\.self) == 0)
                await journal.fill(false)
                try await eventually(within: .seconds(20)) { noted.withLock(\.self) == 1 }
                #expect(await book.isWritten)
            }
        }
    }
}
