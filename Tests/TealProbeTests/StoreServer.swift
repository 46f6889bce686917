import Foundation
import TealCore

/// A real PostgreSQL or Redis of a test, on a loopback port, with its files in a directory of its own.
final class StoreServer {
    struct Failure: Error {
        let what: String
    }

    let endpoint: Endpoint
    let directory: String
    private let process: Process

    /// The newest PostgreSQL that is installed; nil for none.
    static var postgreSQL: String? {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return versions.compactMap { Int($0) }.max().map { "\(root)/\($0)/bin" }
    }
    static let redis = "/usr/bin/redis-server"
    /// Missing is a skip that is seen, or a failure where services are required.
    static let isWanted =
        ProcessInfo.processInfo.environment["TEAL_REQUIRE_SERVICES"] == "1"
        || postgreSQL != nil && FileManager.default.isExecutableFile(atPath: redis)

    /// What it wrote.
    var log: String { (try? String(contentsOfFile: "\(directory)/log", encoding: .utf8)) ?? "" }

    private init(_ words: [String], port: Int, directory: String) throws {
        endpoint = Endpoint(address: "127.0.0.1", port: port)
        self.directory = directory
        _ = FileManager.default.createFile(atPath: "\(directory)/log", contents: nil)
        let output = FileHandle(forWritingAtPath: "\(directory)/log")
        process = Self.process(words)
        process.standardOutput = output
        process.standardError = output
        try process.run()
    }

    /// PostgreSQL refuses to be root's.
    private static func process(_ words: [String]) -> Process {
        let process = Process()
        let asOther = ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        let all = geteuid() == 0 && words[0].contains("postgresql") ? asOther + words : words
        process.executableURL = URL(fileURLWithPath: all[0])
        process.arguments = Array(all.dropFirst())
        process.standardInput = FileHandle.nullDevice
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        return process
    }

    private static func makeDirectory() throws -> String {
        let path = NSTemporaryDirectory() + "teal-store-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    private static func freePort() -> Int { Int.random(in: 21_000..<29_000) }

    /// A PostgreSQL: who is let in, as lines of `pg_hba.conf`, lines of `postgresql.conf`, and further empty files.
    static func postgres(
        rules: String = "host all all 127.0.0.1/32 trust",
        settings: String = "",
        files: [String] = []
    ) throws -> StoreServer {
        guard let programs = postgreSQL else { throw Failure(what: "there is no PostgreSQL") }
        let directory = try makeDirectory()
        let data = "\(directory)/data"
        if geteuid() == 0 {
            guard let user = getpwnam("postgres"), chown(directory, user.pointee.pw_uid, user.pointee.pw_gid) == 0
            else {
                throw Failure(what: "there is no user postgres")
            }
        }
        let making = process(["\(programs)/initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync"])
        making.standardOutput = FileHandle.nullDevice
        making.standardError = FileHandle.nullDevice
        try making.run()
        making.waitUntilExit()
        guard making.terminationStatus == 0 else {
            throw Failure(what: "initdb ended with \(making.terminationStatus)")
        }
        try (rules + "\n").write(toFile: "\(data)/pg_hba.conf", atomically: false, encoding: .utf8)
        let configuration = try String(contentsOfFile: "\(data)/postgresql.conf", encoding: .utf8)
        try (configuration + "\nfsync = off\n" + settings + "\n")
            .write(toFile: "\(data)/postgresql.conf", atomically: false, encoding: .utf8)
        for file in files { _ = FileManager.default.createFile(atPath: "\(data)/\(file)", contents: nil) }
        let port = freePort()
        return try StoreServer(
            ["\(programs)/postgres", "-D", data, "-p", "\(port)", "-h", "127.0.0.1", "-k", ""],
            port: port,
            directory: directory
        )
    }

    /// A Redis with further words of its command line.
    static func redis(_ settings: [String] = [], in directory: String? = nil) throws -> StoreServer {
        let port = freePort()
        let place = try directory ?? makeDirectory()
        let words = [redis, "--bind", "127.0.0.1", "--port", "\(port)", "--dir", place, "--appendonly", "no"]
        return try StoreServer(words + settings, port: port, directory: place)
    }

    /// Ends it, and removes its files unless they are kept for another one, of a Redis with its data saved.
    func stop(keepingFiles: Bool = false) {
        if process.isRunning {
            // A program that is started by a thread of the pool has most signals blocked; PostgreSQL lets them in itself.
            let isRedis = process.executableURL?.path == Self.redis
            if isRedis, keepingFiles { save() } else { kill(process.processIdentifier, isRedis ? SIGKILL : SIGINT) }
        }
        process.waitUntilExit()
        if !keepingFiles { try? FileManager.default.removeItem(atPath: directory) }  // left to the system otherwise
    }

    private func save() {
        let asking = Self.process(["/usr/bin/redis-cli", "-p", "\(endpoint.port)", "shutdown", "save"])
        asking.standardOutput = FileHandle.nullDevice
        do { try asking.run() } catch { kill(process.processIdentifier, SIGKILL) }
        asking.waitUntilExit()
    }
}
