import Foundation
import GRDB
import TealEngine

/// The journal's tables.
///
/// Migrations are numbered, go forward only, and are never edited after a release.
enum JournalSchema {
    /// The newest form that this build knows.
    static let version = 1

    /// Refuses a database that a later Teal has written.
    ///
    /// It reads only: merely opening a pool may write to the file.
    static func refuseNewer(path: String) throws {
        guard access(path, F_OK) == 0 else { return }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        let database = try DatabaseQueue(path: path, configuration: configuration)
        let (found, format) = try database.read { db in
            let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
            let hasRollouts = found > 0 && found <= version
            return (found, hasRollouts ? try Int.fetchOne(db, sql: "SELECT max(format) FROM rollout") ?? 0 : 0)
        }
        try database.close()
        guard found <= version else { throw JournalError.newerFormat(found: found, known: version) }
        guard format <= RolloutSnapshot.format else {
            throw JournalError.newerFormat(found: format, known: RolloutSnapshot.format)
        }
    }

    /// Brings a database to today's form; an older one is copied aside first.
    static func migrate(_ database: DatabasePool, path: String) throws {
        let found = try database.read { try Int.fetchOne($0, sql: "PRAGMA user_version") ?? 0 }
        guard found <= version else { throw JournalError.newerFormat(found: found, known: version) }
        guard found < version else { return }
        if found > 0 { try copyAside(database, path: path, version: found) }
        try database.write { db in
            // Another opening may have got there first.
            let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
            guard found < version else { return }
            if found < 1 { try first(db) }
            try db.execute(sql: "PRAGMA user_version = \(version)")
        }
    }

    private static func copyAside(_ database: DatabasePool, path: String, version: Int) throws {
        let copy = try DatabaseQueue(path: "\(path).v\(version)")
        try database.backup(to: copy)
        try copy.close()
    }

    private static func first(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE opening (
                    id INTEGER PRIMARY KEY CHECK (id = 1),
                    epoch INTEGER NOT NULL CHECK (epoch >= 0)
                );
                INSERT INTO opening (id, epoch) VALUES (1, 0);
                CREATE TABLE release (
                    project TEXT NOT NULL,
                    service TEXT NOT NULL,
                    number INTEGER NOT NULL CHECK (number > 0),
                    record TEXT NOT NULL,
                    PRIMARY KEY (project, service, number)
                ) WITHOUT ROWID;
                CREATE TABLE service (
                    project TEXT NOT NULL,
                    service TEXT NOT NULL,
                    record TEXT NOT NULL,
                    PRIMARY KEY (project, service)
                ) WITHOUT ROWID;
                CREATE TABLE traffic (
                    id INTEGER PRIMARY KEY CHECK (id = 1),
                    epoch INTEGER NOT NULL,
                    version INTEGER NOT NULL,
                    record TEXT NOT NULL
                );
                CREATE TABLE rollout (
                    number INTEGER PRIMARY KEY CHECK (number > 0),
                    format INTEGER NOT NULL,
                    outcome TEXT NOT NULL CHECK (outcome IN ('running', 'settled', 'kept', 'reverted', 'halted')),
                    created REAL NOT NULL,
                    snapshot TEXT NOT NULL
                );
                CREATE INDEX rollout_outcome ON rollout (outcome);
                CREATE TABLE step (
                    rollout INTEGER NOT NULL REFERENCES rollout (number),
                    number INTEGER NOT NULL,
                    leg TEXT NOT NULL,
                    kind TEXT NOT NULL,
                    step TEXT NOT NULL,
                    result TEXT,
                    PRIMARY KEY (rollout, number)
                ) WITHOUT ROWID;
                CREATE TABLE note (
                    rollout INTEGER NOT NULL REFERENCES rollout (number),
                    sequence INTEGER NOT NULL CHECK (sequence > 0),
                    note TEXT NOT NULL,
                    PRIMARY KEY (rollout, sequence)
                ) WITHOUT ROWID;
                """
        )
    }
}
