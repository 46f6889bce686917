import Foundation
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
