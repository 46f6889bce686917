import Logging
import ServiceLifecycle
import TealEngine
import TealProxySwitch

/// Keeps the proxy running, and its table right after each of its starts.
struct ProxyWatch: Service {
    let proxy: ProxyProcess
    let book: HostBook
    let logger: Logger
    let tending: PortTending

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await proxy.superviseForever() }
                group.addTask { await tending.run() }
                for await event in proxy.events {
                    switch event {
                    case .adopted(let run): logger.info("Proxy adopted", metadata: ["pid": "\(run.processID)"])
                    case .started(let run): logger.notice("Proxy started", metadata: ["pid": "\(run.processID)"])
                    case .died(let run, let exit):
                        logger.error(
                            "Proxy died",
                            metadata: ["pid": "\(run.processID)", "exit": "\(exit.map { "\($0)" } ?? "unknown")"]
                        )
                    case .failed(let error, _):
                        logger.error("Proxy could not be started", metadata: ["error": "\(ProxyWords.text(error))"])
                    }
                    do throws(BookError) {
                        try await book.publishAgain()
                    } catch {
                        logger.warning("Route table not followed yet", metadata: ["error": "\(error)"])
                    }
                }
                group.cancelAll()
            }
        }
    }
}
