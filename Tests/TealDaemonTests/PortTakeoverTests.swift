import Glibc
import TealCore
import TealDriverKit
import Testing

@testable import TealDaemon

@Suite struct `A port that a container has` {
    static let container = ForeignContainer(
        id: "c1",
        name: "old",
        addresses: ["0.0.0.0"],
        containerPort: 80,
        restartPolicy: "always"
    )

    static func takeover(_ state: PortTakeover.State, since: Double = 0) throws -> PortTakeover {
        PortTakeover(
            service: try Samples().key,
            place: HostPort(port: 8080),
            container: container,
            state: state,
            since: since
        )
    }

    private func next(
        _ state: PortTakeover.State,
        _ change: (inout PortTakeover.Facts) -> Void = { _ in }
    ) throws -> PortTakeover.Step {
        var facts = PortTakeover.Facts(
            usersAreHere: true,
            hasSettled: false,
            mayRedirect: true,
            connections: 3,
            waited: .seconds(1),
            limit: .seconds(30)
        )
        change(&facts)
        return try Self.takeover(state).next(facts)
    }

    @Test func `is left alone until users are switched`() throws {
        #expect(try next(.agreed) { $0.usersAreHere = false } == .wait)
        #expect(
            try next(.agreed) {
                $0.usersAreHere = false
                $0.hasSettled = true
                $0.waited = .seconds(601)
            } == .forget
        )
    }

    @Test func `is led away with the right to, and taken with a gap without`() throws {
        #expect(try next(.agreed) == .redirect)
        #expect(try next(.agreed) { $0.mayRedirect = false } == .stop)
    }

    @Test func `is the container's to take back until the release has settled`() throws {
        #expect(try next(.redirected(standIn: 9)) == .wait)
        #expect(try next(.redirected(standIn: 9)) { $0.connections = 0 } == .wait)
        #expect(try next(.redirected(standIn: 9)) { $0.usersAreHere = false } == .giveBack)
        #expect(try next(.stopping(standIn: nil)) { $0.usersAreHere = false } == .giveBack)
        #expect(try next(.taken) { $0.usersAreHere = false } == .giveBack)
    }

    @Test func `is given up once what the container had has ended, or its limit has passed`() throws {
        #expect(try next(.redirected(standIn: 9)) { $0.hasSettled = true } == .wait)
        #expect(
            try next(.redirected(standIn: 9)) {
                $0.hasSettled = true
                $0.connections = 0
            } == .stop
        )
        #expect(
            try next(.redirected(standIn: 9)) {
                $0.hasSettled = true
                $0.connections = nil
                $0.waited = .seconds(30)
            } == .stop
        )
        #expect(try next(.stopping(standIn: 9)) == .listen)
        #expect(try next(.taken) == .wait)
        #expect(try next(.taken) { $0.hasSettled = true } == .forget)
    }

    @Test func `has its connections again before a table takes users from where they are led`() throws {
        let here = try PortStage().table()
        let gone = try PortStage().table(users: false)
        var empty = here
        empty.services[0].targets = []
        let states: [PortTakeover.State] = [
            .agreed, .redirected(standIn: 9), .stopping(standIn: 9), .stopping(standIn: nil), .taken,
        ]
        for state in states {
            let takeover = try Self.takeover(state)
            #expect(takeover.hasUsers(in: here) && !takeover.hasUsers(in: gone) && !takeover.hasUsers(in: empty))
            #expect(!takeover.goesBack(before: here))
            #expect(takeover.goesBack(before: gone) == (takeover.standIn == 9))
            #expect(takeover.goesBack(before: empty) == (takeover.standIn == 9))
        }
    }

    // MARK: The packet filter

    @Test func `is led away by rules before Docker's, in chains of the home's own`() {
        let rules = RedirectRules(
            home: "/var/lib/teal",
            redirects: [
                .init(place: HostPort(port: 8080), port: 41000),
                .init(place: HostPort(address: "0.0.0.0", port: 80), port: 41001),
                .init(place: HostPort(address: "10.0.0.5", port: 81), port: 41002),
                .init(place: HostPort(address: "::", port: 82), port: 41003),
                .init(place: HostPort(address: "::1", port: 83), port: 41004),
            ]
        )
        let mark = rules.mark
        #expect(
            rules.text == """
                add table inet teal
                add chain inet teal out_\(mark) { type nat hook output priority -110; policy accept; }
                flush chain inet teal out_\(mark)
                add chain inet teal pre_\(mark) { type nat hook prerouting priority -110; policy accept; }
                flush chain inet teal pre_\(mark)
                add rule inet teal out_\(mark) ip daddr 127.0.0.1 tcp dport 8080 dnat ip to 127.0.0.1:41000
                add rule inet teal out_\(mark) meta nfproto ipv4 fib daddr type local tcp dport 80 redirect to :41001
                add rule inet teal pre_\(mark) meta nfproto ipv4 fib daddr type local tcp dport 80 redirect to :41001
                add rule inet teal out_\(mark) ip daddr 10.0.0.5 tcp dport 81 dnat ip to 10.0.0.5:41002
                add rule inet teal pre_\(mark) ip daddr 10.0.0.5 tcp dport 81 dnat ip to 10.0.0.5:41002
                add rule inet teal out_\(mark) meta nfproto ipv6 fib daddr type local tcp dport 82 redirect to :41003
                add rule inet teal pre_\(mark) meta nfproto ipv6 fib daddr type local tcp dport 82 redirect to :41003
                add rule inet teal out_\(mark) ip6 daddr ::1 tcp dport 83 dnat ip6 to [::1]:41004

                """
        )
        #expect(RedirectRules(home: "/home/a/.teal").mark != mark)
    }

    @Test func `leaves no chain behind when nothing is led away`() {
        let rules = RedirectRules(home: "/var/lib/teal")
        #expect(
            rules.text.hasSuffix("delete chain inet teal out_\(rules.mark)\ndelete chain inet teal pre_\(rules.mark)\n")
        )
    }

    // MARK: On disk

    @Test func `is remembered, and after another boot leads nothing away`() throws {
        let path = "/tmp/teal-ports-\(UInt32.random(in: 0 ... .max)).json"
        let book = PortBook(path: path)
        defer { unlink(path) }
        #expect(book.read(in: "a") == PortBook.Kept())
        let gap = PortGap(
            service: try Samples().key,
            place: HostPort(port: 8080),
            container: "old",
            began: 7,
            seconds: 0.4
        )
        let all = PortBook.Kept(takeovers: [try Self.takeover(.redirected(standIn: 41000), since: 5)], gaps: [gap])
        #expect(book.write(all, in: "a") == 0)
        #expect(book.read(in: "a") == all)
        #expect(book.read(in: "b") == PortBook.Kept(takeovers: [try Self.takeover(.agreed, since: 5)], gaps: [gap]))
        #expect(book.write(.init(takeovers: [try Self.takeover(.stopping(standIn: 41000))]), in: "a") == 0)
        #expect(book.read(in: "b")?.takeovers == [try Self.takeover(.stopping(standIn: nil))])
        #expect(TextFile.replace(path, with: "{}") == 0)
        #expect(book.read(in: "a") == nil)
    }
}
