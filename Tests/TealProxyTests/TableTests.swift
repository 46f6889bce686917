import Foundation
import NIOCore
import TealProxyWire
import Testing

@testable import TealProxy

@Suite struct `The table is kept and guarded` {
    @Test func `a proxy that starts again serves from its stored table alone`() throws {
        let upstream = try Upstream("u")
        let first = try ProxyFixture()
        try first.route(to: upstream)
        let directory = first.directory
        first.stop(keepsDirectory: true)
        let second = try ProxyFixture(directory: directory)
        #expect(second.version == 1)
        #expect(second.server.incarnation != first.server.incarnation)
        #expect(try second.get("/who").text == "u")
    }

    @Test(arguments: [0, 1, 10, 30, 60])
    func `a damaged table is put aside and nothing is served from it`(at place: Int) throws {
        let upstream = try Upstream("u")
        let first = try ProxyFixture()
        try first.route(to: upstream)
        let directory = first.directory
        first.stop(keepsDirectory: true)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: directory + "/table"))
        if place == 0 { bytes.removeLast(3) } else { bytes[place] ^= 0xff }
        try bytes.write(to: URL(fileURLWithPath: directory + "/table"))
        let second = try ProxyFixture(directory: directory)
        #expect(second.version == 0)
        #expect(try second.get("/who").status == 421)
        #expect(FileManager.default.fileExists(atPath: directory + "/table.bad"))
    }

    @Test func `only the next version of this or a later epoch is taken`() throws {
        let proxy = try ProxyFixture()
        func publish(_ epoch: UInt64, _ version: UInt64) throws -> ControlReply {
            let table = RouteTable(epoch: epoch, version: version, routes: [], services: [])
            return try proxy.control.ask(.publish(table, mustPersist: true))
        }
        #expect(try publish(5, 1) == .applied(epoch: 5, version: 1, persisted: true))
        #expect(try publish(5, 1) == .applied(epoch: 5, version: 1, persisted: true))
        #expect(try publish(5, 3) == .refused(.versionGap(epoch: 5, version: 1)))
        #expect(try publish(4, 2) == .refused(.staleEpoch(epoch: 5, version: 1)))
        #expect(try publish(6, 2) == .applied(epoch: 6, version: 2, persisted: true))
        let bad = RouteTable(epoch: 6, version: 3, routes: [ProxyRoute(service: "x")], services: [])
        #expect(
            try proxy.control.ask(.publish(bad, mustPersist: true))
                == .refused(.badTable("a route names the service x, which is not there"))
        )
        guard case .table(let table) = try proxy.control.ask(.readTable) else { return }
        #expect(table.epoch == 6 && table.version == 2)
    }

    @Test func `a table that cannot be stored is refused, or applied and stored later`() throws {
        let proxy = try ProxyFixture()
        let upstream = try Upstream("u")
        let obstacle = proxy.directory + "/table.new"
        try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: false)
        let service = ProxyService(name: "s", targets: [ProxyFixture.target(upstream)])
        let table = RouteTable(epoch: 1, version: 1, routes: [ProxyRoute(service: "s")], services: [service])
        guard case .refused(.notStored) = try proxy.control.ask(.publish(table, mustPersist: true)) else {
            Issue.record("it was taken")
            return
        }
        #expect(try proxy.get("/who").status == 421)
        #expect(
            try proxy.control.ask(.publish(table, mustPersist: false))
                == .applied(epoch: 1, version: 1, persisted: false)
        )
        #expect(try proxy.get("/who").text == "u")
        try FileManager.default.removeItem(atPath: obstacle)
        try proxy.eventually("it is stored") {
            guard case .status(let status) = try proxy.control.ask(.status) else { return false }
            return status.persisted
        }
        #expect(FileManager.default.fileExists(atPath: proxy.directory + "/table"))
    }

    @Test func `a proxy that stops leaves the table of the next one alone`() throws {
        let first = try ProxyFixture(loops: 1)
        let gate = Gate()
        let upstream = try Upstream("u") { request, connection in
            gate.wait()
            return try Upstream.standard(request, connection, name: "u")
        }
        try first.route(to: upstream)
        let obstacle = first.directory + "/table.new"
        try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: false)
        func table(_ version: UInt64) -> RouteTable {
            let service = ProxyService(name: "s", targets: [ProxyFixture.target(upstream)])
            return RouteTable(epoch: 1, version: version, routes: [ProxyRoute(service: "s")], services: [service])
        }
        #expect(
            try first.control.ask(.publish(table(2), mustPersist: false))
                == .applied(epoch: 1, version: 2, persisted: false)
        )
        let client = try first.client()
        try client.send("GET /who HTTP/1.1\r\nHost: x\r\n\r\n")
        try first.eventually("it is in flight") { try first.counters(upstream).requestsInFlight == 1 }
        let server = first.server
        let stopped = Gate()
        Thread.detachNewThread {
            server.stop(grace: .seconds(10))
            stopped.open()
        }
        var started: ProxyFixture?
        try first.eventually("the next proxy starts") {
            started = try? ProxyFixture(directory: first.directory)
            return started != nil
        }
        let second = try #require(started)
        try FileManager.default.removeItem(atPath: obstacle)
        for version in [2, 3] as [UInt64] {
            #expect(
                try second.control.ask(.publish(table(version), mustPersist: true))
                    == .applied(epoch: 1, version: version, persisted: true)
            )
        }
        // What its timer does each second; the answer comes when that has been done.
        server.core.persistLater()
        #expect(try server.core.answer(.publish(table(3), mustPersist: true)).wait() == .failed(.stopping))
        #expect(
            TableFile(directory: first.directory, boot: ProcessFacts.boot, syncDirectory: { _ in 0 }).load()
                == .table(table(3))
        )
        gate.open()
        #expect(try client.response().text == "u")
        stopped.wait()
    }

    @Test func `the lock is given up only when nothing is being stored`() throws {
        let proxy = try ProxyFixture(loops: 1)
        // A pipe takes less than this table, so that storing lasts until the test reads.
        let pipe = proxy.directory + "/table.new"
        try #require(mkfifo(pipe, 0o600) == 0)
        let reader = open(pipe, O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        let text = String(repeating: "x", count: RouteTable.textBytesMax)
        let table = RouteTable(
            epoch: 1,
            version: 1,
            routes: (0..<200).map { ProxyRoute(pathPrefix: "/\($0)", service: "s", unavailableText: text) },
            services: [ProxyService(name: "s", targets: [])]
        )
        let path = proxy.directory
        let server = proxy.server
        let ended = Gate()
        Thread.detachNewThread {
            // Ends without an answer, since the proxy stops meanwhile.
            _ = try? ControlClient(path: path + ".sock").ask(.publish(table, mustPersist: true))
            ended.open()
        }
        var poller = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
        try #require(poll(&poller, 1, 10_000) == 1)
        Thread.detachNewThread {
            server.stop(grace: .zero)
            ended.open()
        }
        try proxy.eventually("the control socket is gone") { !FileManager.default.fileExists(atPath: path + ".sock") }
        for _ in 0..<20 {
            #expect(throws: ProxyStartError.locked(directory: path)) { try StateDirectory(path: path) }
            usleep(1000)
        }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        try proxy.eventually("it has been stored") { read(reader, &buffer, buffer.count) == 0 }
        try proxy.eventually("the lock is free") { (try? StateDirectory(path: path))?.unlock() != nil }
        ended.wait()
        ended.wait()
    }

    @Test func `a table that is refused after it was renamed is put back`() throws {
        let isFailing = Counter()
        let proxy = try ProxyFixture(loops: 1) { configuration in
            configuration.syncDirectory = { descriptor in
                guard isFailing.value > 0 else { return fsync(descriptor) }
                errno = EIO
                return -1
            }
        }
        let upstream = try Upstream("u")
        try proxy.route(to: upstream)
        let file = TableFile(directory: proxy.directory, boot: ProcessFacts.boot, syncDirectory: { fsync($0) })
        let stored = file.load()
        isFailing.add()
        let refused = RouteTable(epoch: 1, version: 2, routes: [], services: [])
        guard case .refused(.notStored) = try proxy.control.ask(.publish(refused, mustPersist: true)) else {
            Issue.record("it was taken")
            return
        }
        #expect(file.load() == .table(refused))
        isFailing.add(-1)
        try proxy.eventually("the table in force is on disk again") { file.load() == stored }
        #expect(try proxy.get("/who").text == "u")
    }

    @Test func `a table of an earlier boot leads nobody to whoever has its ports now, until the next publish`() throws {
        let upstream = try Upstream("another's")
        let first = try ProxyFixture()
        try first.route(to: upstream)
        #expect(try first.get("/who").text == "another's")
        first.stop(keepsDirectory: true)
        let second = try ProxyFixture(directory: first.directory) { $0.boot = Array("later".utf8) }
        #expect(try second.get("/who").status == 503)
        let service = ProxyService(name: "s", targets: [ProxyFixture.target(upstream)])
        let table = RouteTable(epoch: 2, version: 2, routes: [ProxyRoute(service: "s")], services: [service])
        #expect(
            try second.control.ask(.publish(table, mustPersist: true))
                == .applied(epoch: 2, version: 2, persisted: true)
        )
        #expect(try second.get("/who").text == "another's")
    }

    @Test(arguments: [true, false])
    func `a table that cannot be read ends the start and is left as it is`(isDirectory: Bool) throws {
        let upstream = try Upstream("u")
        let first = try ProxyFixture()
        try first.route(to: upstream)
        let directory = first.directory
        first.stop(keepsDirectory: true)
        let path = directory + "/table"
        try FileManager.default.moveItem(atPath: path, toPath: path + ".kept")
        if isDirectory {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        } else {
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "table")
        }
        let reason = isDirectory ? "Is a directory" : "Too many levels of symbolic links"
        let problem = ProxyStartError.stateDirectory(path: directory, reason: "\(path) cannot be read: \(reason)")
        #expect(throws: problem) { _ = try ProxyFixture(directory: directory) }
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.moveItem(atPath: path + ".kept", toPath: path)
        #expect(try ProxyFixture(directory: directory).get("/who").text == "u")
    }

    @Test func `a second proxy for the same directory is refused`() throws {
        let proxy = try ProxyFixture()
        #expect(throws: ProxyStartError.locked(directory: proxy.directory)) {
            _ = try ProxyFixture(directory: proxy.directory)
        }
    }

    @Test func `the control socket is for the owner alone and insists on a hello`() throws {
        let proxy = try ProxyFixture()
        let path = proxy.directory + ".sock"
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        let rude = try ControlClient(path: path, saysHello: false)
        #expect(try rude.ask(.counters) == .failed(.helloMissing))
        let old = try ControlClient(path: path, saysHello: false)
        let versions = ProtocolVersions(lowest: 90, highest: 99)
        #expect(try old.ask(.hello(versions, software: "x")) == .failed(.noCommonVersion))
        let later = try ControlClient(path: path)
        #expect(try later.askRaw(ControlFrame(kind: 99, body: []).bytes) == .failed(.unknownRequest))
        #expect(try later.ask(.readTable) == .table(.empty))
    }

    @Test func `the status says where it listens`() throws {
        let proxy = try ProxyFixture()
        guard case .status(let status) = try proxy.control.ask(.status) else { return }
        #expect(status.listeners.map(\.kind) == [.public, .internal])
        #expect(status.listeners.allSatisfy { $0.address.port > 0 })
        #expect(status.processID == getpid() && status.incarnation == proxy.server.incarnation)
    }

    @Test func `counters say what became of each request`() throws {
        let proxy = try ProxyFixture()
        let upstream = try Upstream("u") { request, connection in
            let status = request.target.dropFirst()
            try connection.send("HTTP/1.1 \(status) Fine\r\nContent-Length: 0\r\n\r\n")
            return true
        }
        try proxy.route(to: upstream)
        for status in [200, 201, 302, 404, 500, 503, 599] { _ = try proxy.get("/\(status)") }
        let counters = try proxy.counters(upstream)
        #expect(counters.answers == [0, 2, 1, 1, 3])
        #expect(counters.requestsStarted == 7 && counters.requestsInFlight == 0)
        #expect(counters.latency.total == 7)
        #expect(try #require(counters.latency.percentile(0.99)) < .seconds(1))
        #expect(counters.bytesFromTarget > 0 && counters.proxyMadeErrors == 0)
    }
}

@Suite struct `The command line` {
    @Test func `is read`() throws {
        let arguments = try ProxyArguments([
            "--state-dir", "/s", "--control", "/c", "--listen", "127.0.0.1:80", "--listen", "[::1]:81", "--internal",
            ":82", "--loops", "3", "--detach",
        ])
        #expect(
            arguments.listeners == [
                .init(kind: .public, address: "127.0.0.1", port: 80), .init(kind: .public, address: "::1", port: 81),
                .init(kind: .internal, address: "0.0.0.0", port: 82),
            ]
        )
        #expect(arguments.loopCount == 3 && arguments.detaches)
    }

    @Test(arguments: [
        (["--what"], ProxyArguments.Problem.unknown("--what")),
        (["--state-dir"], .valueMissing("--state-dir")),
        (["--loops", "0"], .unfit(option: "--loops", value: "0")),
        (["--listen", "localhost:80"], .unfit(option: "--listen", value: "localhost:80")),
        (["--state-dir", "/s"], .missing("--control")),
    ])
    func `is refused with the reason`(arguments: [String], problem: ProxyArguments.Problem) {
        #expect(throws: problem) { try ProxyArguments(arguments) }
    }
}

@Suite struct `The data plane stays small` {
    @Test(arguments: ["teal-proxy", "teal-shim"])
    func `without Foundation`(program: String) throws {
        let directory = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let path = directory.appendingPathComponent(program).path
        guard FileManager.default.fileExists(atPath: path) else {
            // Only the proxy is sure to be built beside these tests.
            #expect(program != "teal-proxy", "\(path) is not there")
            return
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/ldd")
        process.arguments = [path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(output.contains("libc.so"))
        #expect(!output.contains("Foundation"))
    }
}
