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
    private let book: Mutex<PortBook>

    init(path: String, range: ClosedRange<Int>) throws(SystemError) {
        self.path = path
        self.range = range
        book = Mutex(try Files.text(path).flatMap { PortBook(parsing: $0) } ?? PortBook())
    }

    /// The endpoint of a replica's place, durably its own.
    ///
    /// - Throws: ``RuntimeError/portTaken(port:by:)``, ``RuntimeError/diskFull(path:)``.
    func assign(_ replica: ReplicaID, fixed: Int?) throws(RuntimeError) -> Endpoint {
        do {
            let port = try book.withLock { book in
                var next = book
                let port = try next.assign(Self.place(replica), fixed: fixed, from: range, isUsable: Self.isFree)
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
