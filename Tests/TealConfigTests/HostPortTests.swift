import Foundation
import TealConfig
import TealCore
import Testing

@Suite struct `Ports of the host in teal.yml` {
    @Test func `lead to a service, beside its routes or without any`() throws {
        let place = try Workplace()
        #expect(
            try place.service(enough + "\nhostPorts: [8080, \"0.0.0.0:8443\"]").hostPorts
                == [HostPort(port: 8080), HostPort(address: "0.0.0.0", port: 8443)]
        )
        let alone = try place.service("image: shop:1\nport: 80\nhostPort: 8080")
        #expect(alone.hostPorts == [HostPort(port: 8080)] && alone.routes.isEmpty)
        #expect(try place.service(enough).hostPorts == nil)
    }

    @Test func `are refused with what is wrong`() throws {
        let place = try Workplace()
        func messages(_ keys: String) throws -> [String] { try place.findings(Workplace.text(keys)).map(\.message) }
        #expect(try messages(enough + "\nhostPorts: [web]") == ["'web' is not a port of the host"])
        #expect(
            try messages(enough + "\nhostPorts: [8080, \"0.0.0.0:8080\"]")
                == ["`web` has port 8080 of the host at 127.0.0.1 and at 0.0.0.0"]
        )
        #expect(
            try messages("kind: worker\nimage: shop:1\nhostPorts: 8080")
                == ["a worker takes no traffic, so it has no `hostPorts`"]
        )
        // A process is not asked by a name: nobody would see that it answers.
        #expect(
            try messages("artifact: build/\nport: 80\nhostPorts: 8080")
                == ["`services.web` takes traffic but no route leads to it"]
        )
    }

    @Test func `belong to one service, and to no slot`() throws {
        let place = try Workplace()
        let text = """
            project: shop
            services:
              a: {image: "a:1", port: 80, hostPorts: 8080}
              b: {image: "b:1", port: 80, hostPorts: "0.0.0.0:8080"}
              c: {image: "c:1", port: 80, host: c.test, ports: {blue: 8081, green: 8082}, hostPorts: 8082}
            """
        #expect(
            try place.findings(text).map(\.message) == [
                "`b` wants port 0.0.0.0:8080 of the host, and `a` has it already",
                "`c` wants port 127.0.0.1:8082 of the host, and it is one of the green slot of `c`",
            ]
        )
    }
}
