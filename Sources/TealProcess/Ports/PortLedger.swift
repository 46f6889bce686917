import CTealSystem
import Glibc
import Synchronization
import TealCore
import TealDriverKit
import TealShimWire

/// The ports of one host's replicas, on disk before they are used.
final class PortLedger: Sendable {
    static let address = "127.0.0.1"

    private let path: String
    private let range: ClosedRange<Int>
    private let start: Int
    private let book: Mutex<PortBook>

    init(path: String, range: ClosedRange<Int>) throws(SystemError) {
        self.path = path
        self.range = range
        // Several homes of one host, as tests have them, do not ask for the same ports at the same time.
        let spread = path.utf8.reduce(UInt64(5381)) { $0 &* 33 &+ UInt64($1) }
        start = range.lowerBound + Int(spread % UInt64(range.count))
        book = Mutex(try Files.text(path).flatMap { PortBook(parsing: $0) } ?? PortBook())
    }

    /// The endpoint of a replica's place, durably its own.
    ///
    /// - Throws: ``RuntimeError/portTaken(port:by:)``, ``RuntimeError/diskFull(path:)``.
    func assign(_ replica: ReplicaID, fixed: Int?) throws(RuntimeError) -> Endpoint {
        awaitOwnPort(Self.place(replica))
        do {
            let port = try book.withLock { book in
                var next = book
                let port = try next.assign(
                    Self.place(replica),
                    fixed: fixed,
                    from: range,
                    startingAt: start,
                    isUsable: Self.isFree
                )
                if next != book {
                    try Files.replace(path, with: next.bytes)
                    book = next
                }
                return port
            }
            return Endpoint(address: Self.address, port: port)
        } catch let error as SystemError {
            throw RuntimeError(error)
        } catch PortRefusal.held(let port, let holder) {
            throw .portTaken(port: port, by: holder)
        } catch {
            throw .portTaken(port: range.lowerBound, by: "every port of Teal's range \(range)")
        }
    }

    /// Gives what was just killed a moment to let go of its port, so that a place keeps the port that it had.
    private func awaitOwnPort(_ place: String) {
        guard let port = book.withLock({ $0.held(by: place) }) else { return }
        for _ in 0..<Self.ownPortTries where !Self.isFree(port) { usleep(Self.ownPortWait) }
    }

    private static let ownPortTries = 50
    /// Microseconds between two looks.
    private static let ownPortWait: useconds_t = 20_000

    /// Lets a place's port rest.
    func release(_ replica: ReplicaID) throws(SystemError) {
        let failure: SystemError? = book.withLock { book in
            var next = book
            next.release(Self.place(replica))
            guard next != book else { return nil }
            do throws(SystemError) {
                try Files.replace(path, with: next.bytes)
                book = next
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    /// Whether a listener could be opened on a port now.
    static func isFree(_ port: Int) -> Bool { teal_tcp_can_listen(address, Int32(port)) == 0 }

    private static func place(_ replica: ReplicaID) -> String { "\(replica.service.project)/\(replica)" }
}
