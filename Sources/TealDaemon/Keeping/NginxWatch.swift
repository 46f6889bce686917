import Logging
import ServiceLifecycle
import TealCore
import TealDriverKit
import TealEngine
import TealNginx

/// Looks whether nginx follows the table that is written down, tells it again when it does not, and notices what somebody else
/// does to it or its files.
struct NginxWatch: Service {
    /// How often it looks.
    static let interval = Duration.seconds(2)

    let nginx: NginxSwitch
    let book: HostBook
    let clock: any HostClock
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var pace = PublishPace()
            var told: String?
            while !Task.isCancelled {
                let (position, trouble) = await look()
                if trouble != told {
                    if let trouble {
                        logger.warning("nginx cannot be switched", metadata: ["error": "\(trouble)"])
                    } else if told != nil {
                        logger.notice("nginx can be switched again")
                    }
                    told = trouble
                    // Something has changed: what did not go before may go now.
                    pace = PublishPace()
                }
                if await isBehind(position), pace.isDue(at: clock.now()) {
                    let hasWorked = await publish()
                    pace.note(hasWorked, at: clock.now())
                }
                await clock.sleep(until: clock.now() + Self.interval)
            }
        }
    }

    /// What nginx says that it follows, and what is in the way of the next switch.
    private func look() async -> (TablePosition?, String?) {
        do throws(SwitchError) {
            let position = try await nginx.position()
            let drift = await nginx.drift()
            return (position, drift.isEmpty ? nil : drift.joined(separator: "; "))
        } catch {
            return (nil, RuntimeWords.text(error, of: SwitchKind.nginx.words))
        }
    }

    private func isBehind(_ position: TablePosition?) async -> Bool {
        let wanted = await book.table.position
        guard wanted.version > 0 else { return false }
        if await nginx.lacksItsFile { return true }
        let isPublished = await book.isPublished
        return !isPublished || position != wanted
    }

    private func publish() async -> Bool {
        do throws(BookError) {
            try await book.publishAgain()
            let position = await book.table.position
            logger.notice("nginx follows the route table", metadata: ["table": "\(position)"])
            return true
        } catch {
            logger.warning("Route table not followed yet", metadata: ["error": "\(error)"])
            return false
        }
    }
}

/// When a table that nginx did not take is published again: each try tests its whole configuration, and may reload it.
struct PublishPace: Hashable, Sendable {
    static let pauseFirst = Duration.seconds(2)
    static let pauseLongest = Duration.seconds(60)

    private var pause = pauseFirst
    private var due: Timestamp?

    func isDue(at now: Timestamp) -> Bool { due.map { now >= $0 } ?? true }

    /// Takes in how a try went; the pauses double until one has worked.
    mutating func note(_ hasWorked: Bool, at now: Timestamp) {
        guard !hasWorked else {
            self = PublishPace()
            return
        }
        due = now + pause
        pause = min(pause * 2, Self.pauseLongest)
    }
}
