import Foundation
import GRDB
import Synchronization
package import TealCore
import TealDriverKit
package import TealEngine

/// The journal in one SQLite file, with `synchronous=FULL`: what `append` has returned for survives a loss of power.
package final class SQLiteJournal: Journal {
    private let database: DatabasePool
    private let path: String
    private let reserve: ReserveFile
    /// The epoch with which this opening writes.
    private let opening: Mutex<Int64>

    /// How many notes one question brings at most.
    private static let notesMax = 1000

    /// Opens or makes the journal, and brings an older one to today's form after copying it aside.
    ///
    /// - Parameters:
    ///   - path: The database file; its directory exists.
    ///   - reserve: Freed when the disk is full, so that a revert can be written down.
    /// - Throws: ``JournalError/newerFormat(found:known:)`` for one that a later Teal has written.
    package init(path: String, reserve: ReserveFile) throws(JournalError) {
        self.path = path
        self.reserve = reserve
        do {
            database = try Self.open(path)
        } catch {
            let first = Self.journalError(error, path: path)
            guard case .diskFull = first, reserve.free() else { throw first }
            do {
                database = try Self.open(path)
            } catch {
                throw Self.journalError(error, path: path)
            }
        }
        do {
            opening = Mutex(try database.read(Self.newest))
        } catch {
            throw Self.journalError(error, path: path)
        }
    }

    private static func open(_ path: String) throws -> DatabasePool {
        try JournalSchema.refuseNewer(path: path)
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 2
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA foreign_keys = ON")
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 200")
            try db.execute(sql: "PRAGMA cache_size = -512")
        }
        let database = try DatabasePool(path: path, configuration: configuration)
        // Only now: GRDB lowers it to NORMAL when it turns the write-ahead log on.
        try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        try JournalSchema.migrate(database, path: path)
        return database
    }

    /// How the connection that writes survives a loss of power, as SQLite itself says.
    package func durability() async throws(JournalError) -> JournalDurability {
        do {
            return try await database.writeWithoutTransaction { db in
                JournalDurability(
                    synchronous: try Int.fetchOne(db, sql: "PRAGMA synchronous") ?? 0,
                    journalMode: try String.fetchOne(db, sql: "PRAGMA journal_mode") ?? ""
                )
            }
        } catch {
            throw Self.journalError(error, path: path)
        }
    }

    /// What SQLite finds damaged in the file, one line each; empty when nothing is.
    package func damage() async throws(JournalError) -> [String] {
        try await question { db in
            try String.fetchAll(db, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
        }
    }

    package func append(_ entries: [JournalEntry]) async throws(JournalError) {
        let opening = opening.withLock(\.self)
        try await change { db in
            // In the same transaction: what comes after it is another opening's, what comes before it is seen.
            try Self.need(opening, db)
            for entry in entries { try Self.write(entry, db) }
        }
    }

    package func check() async throws(JournalError) {
        let opening = opening.withLock(\.self)
        try await question { db in try Self.need(opening, db) }
    }

    /// The epoch of the newest opening.
    @Sendable private static func newest(_ db: Database) throws -> Int64 {
        try Int64.fetchOne(db, sql: "SELECT epoch FROM opening") ?? 0
    }

    private static func need(_ opening: Int64, _ db: Database) throws {
        let newest = try newest(db)
        guard newest == opening else { throw JournalError.superseded(by: UInt64(newest)) }
    }

    /// Makes one transaction; when the disk is full, once more with the reserve freed.
    private func change<Answer: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Answer
    )
        async throws(JournalError) -> Answer
    {
        do {
            return try await database.write(body)
        } catch {
            let first = Self.journalError(error, path: path)
            guard case .diskFull = first, reserve.free() else { throw first }
            do {
                return try await database.write(body)
            } catch {
                throw Self.journalError(error, path: path)
            }
        }
    }

    private static func write(_ entry: JournalEntry, _ db: Database) throws {
        switch entry {
        case .release(let record):
            try db.execute(
                sql: """
                    INSERT INTO release (project, service, number, record) VALUES (?, ?, ?, ?)
                    ON CONFLICT (project, service, number) DO UPDATE SET record = excluded.record
                    """,
                arguments: [
                    record.id.service.project.description, record.id.service.service.description, record.id.number,
                    try encode(record),
                ]
            )
        case .service(let record):
            try db.execute(
                sql: """
                    INSERT INTO service (project, service, record) VALUES (?, ?, ?)
                    ON CONFLICT (project, service) DO UPDATE SET record = excluded.record
                    """,
                arguments: [
                    record.service.project.description, record.service.service.description, try encode(record),
                ]
            )
        case .table(let table):
            try db.execute(
                sql: """
                    INSERT INTO traffic (id, epoch, version, record) VALUES (1, ?, ?, ?)
                    ON CONFLICT (id) DO UPDATE
                    SET epoch = excluded.epoch, version = excluded.version, record = excluded.record
                    """,
                arguments: [
                    Int64(clamping: table.position.epoch), Int64(clamping: table.position.version), try encode(table),
                ]
            )
        case .rollout(let entry): try write(entry, db)
        }
    }

    /// Refuses an entry of a part that comes under an earlier token than what is written of it, in its own transaction.
    private static func needToken(of entry: RolloutEntry, _ db: Database) throws {
        guard let token = entry.snapshot.part?.lease.token else { return }
        let written = try Int.fetchOne(
            db,
            sql: "SELECT json_extract(snapshot, '$.part.lease.token.turn') FROM rollout WHERE number = ?",
            arguments: [entry.snapshot.rollout.id.number]
        )
        guard let written, written > token.turn else { return }
        throw JournalError.tokenPassed(to: LeaseToken(part: token.part, turn: written))
    }

    private static func write(_ entry: RolloutEntry, _ db: Database) throws {
        try needToken(of: entry, db)
        let rollout = entry.snapshot.rollout
        let outcome: String =
            switch rollout.outcome {
            case nil: "running"
            case .settled: "settled"
            case .kept: "kept"
            case .reverted: "reverted"
            case .halted: "halted"
            }
        try db.execute(
            sql: """
                INSERT INTO rollout (number, format, outcome, created, snapshot) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (number) DO UPDATE
                SET format = excluded.format, outcome = excluded.outcome, snapshot = excluded.snapshot
                """,
            arguments: [
                rollout.id.number, entry.snapshot.format, outcome, entry.snapshot.createdAt, try encode(entry.snapshot),
            ]
        )
        for step in entry.began {
            try db.execute(
                sql: "INSERT OR IGNORE INTO step (rollout, number, leg, kind, step) VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    rollout.id.number, step.number, step.leg.rawValue, step.effect.kind.rawValue, try encode(step),
                ]
            )
        }
        for end in entry.ended {
            try db.execute(
                sql: "UPDATE step SET result = ? WHERE rollout = ? AND number = ?",
                arguments: [try encode(end.result), rollout.id.number, end.step.number]
            )
        }
        for note in entry.notes {
            try db.execute(
                sql: "INSERT OR REPLACE INTO note (rollout, sequence, note) VALUES (?, ?, ?)",
                arguments: [rollout.id.number, note.sequence, try encode(note)]
            )
        }
    }

    package func read() async throws(JournalError) -> JournalContents {
        let contents = try await change { db in
            try db.execute(sql: "UPDATE opening SET epoch = epoch + 1")
            let epoch = try Self.newest(db)
            return JournalContents(
                epoch: UInt64(epoch),
                services: try Self.all(
                    ServiceRecord.self,
                    db,
                    sql: "SELECT record FROM service ORDER BY project, service"
                ),
                releases: try Self.all(
                    ReleaseRecord.self,
                    db,
                    sql: "SELECT record FROM release ORDER BY project, service, number"
                ),
                table: try Self.all(TrafficTable.self, db, sql: "SELECT record FROM traffic").first,
                unended: try Self.all(
                    RolloutSnapshot.self,
                    db,
                    sql: "SELECT snapshot FROM rollout WHERE outcome IN ('running', 'halted') ORDER BY number"
                ),
                lastRollout: try Int.fetchOne(db, sql: "SELECT max(number) FROM rollout") ?? 0
            )
        }
        opening.withLock { $0 = Int64(clamping: contents.epoch) }
        return contents
    }

    package func rollouts(of project: ProjectName?, most: Int) async throws(JournalError) -> [RolloutSnapshot] {
        try await question { db in
            guard let project else {
                return try Self.all(
                    RolloutSnapshot.self,
                    db,
                    sql: "SELECT snapshot FROM rollout ORDER BY number DESC LIMIT ?",
                    arguments: [most]
                )
            }
            // All services of a rollout are of one project.
            return try Self.all(
                RolloutSnapshot.self,
                db,
                sql: """
                    SELECT snapshot FROM rollout
                    WHERE json_extract(snapshot, '$.rollout.members[0].service.project') = ?
                    ORDER BY number DESC LIMIT ?
                    """,
                arguments: [project.description, most]
            )
        }
    }

    package func rollout(_ id: RolloutID) async throws(JournalError) -> RolloutSnapshot? {
        try await question { db in
            try Self.all(
                RolloutSnapshot.self,
                db,
                sql: "SELECT snapshot FROM rollout WHERE number = ?",
                arguments: [id.number]
            ).first
        }
    }

    package func notes(of rollout: RolloutID, after sequence: Int) async throws(JournalError) -> [JournalledNote] {
        try await question { db in
            try Self.all(
                JournalledNote.self,
                db,
                sql: "SELECT note FROM note WHERE rollout = ? AND sequence > ? ORDER BY sequence LIMIT ?",
                arguments: [rollout.number, sequence, Self.notesMax]
            )
        }
    }

    private func question<Answer: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Answer
    )
        async throws(JournalError) -> Answer
    {
        do {
            return try await database.read(body)
        } catch {
            throw Self.journalError(error, path: path)
        }
    }

    private static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    private static func all<Value: Decodable>(
        _ type: Value.Type,
        _ db: Database,
        sql: String,
        arguments: StatementArguments = []
    ) throws -> [Value] {
        let decoder = JSONDecoder()
        return try String.fetchAll(db, sql: sql, arguments: arguments).map {
            try decoder.decode(type, from: Data($0.utf8))
        }
    }

    private static func journalError(_ error: any Error, path: String) -> JournalError {
        switch error {
        case let error as JournalError: error
        case let error as DatabaseError where error.resultCode == .SQLITE_FULL: .diskFull(path: path)
        case let error as DatabaseError
        where [.SQLITE_IOERR, .SQLITE_CANTOPEN].contains(error.resultCode) && isFull(path): .diskFull(path: path)
        case let error as DatabaseError where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode):
            .damaged("\(path): \(error.message ?? "damaged")")
        case let error as DecodingError: .damaged("\(path): \(error)")
        default: .unavailable("\(path): \(error)")
        }
    }

    /// Whether the file system has no room; SQLite calls that an input or output error where it maps its index.
    private static func isFull(_ path: String) -> Bool {
        var facts = statvfs()
        let directory = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
        guard statvfs(directory, &facts) == 0 else { return false }
        return Int(facts.f_bavail) * Int(facts.f_frsize) < indexBytes
    }

    /// The piece by which SQLite's index of the log grows.
    private static let indexBytes = 32 << 10
}

/// How a journal's file is written.
package struct JournalDurability: Hashable, Sendable {
    /// 2 is FULL: every transaction is synced.
    package let synchronous: Int
    /// `wal`.
    package let journalMode: String
}
