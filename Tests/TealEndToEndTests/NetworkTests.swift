import Foundation
import TealAPI
import TealClient
import TealCore
import TealLab
import Testing

extension EndToEnd.Containers {
    @Test func `names lead to what is released, also to processes, and no other network asks there`() async throws {
        try await LabEngine.with { engine in
            try await Lab.with(runtime: .containers(engine.socket)) { lab in
                try await lab.startDaemon()
                let told = try ["web", "api", "mail"].map { Neighbour(name: try ServiceName(parsing: $0), port: 8080) }
                let first = try await lab.end(of: lab.begin([Lab.spec("v1")], neighbours: told).id)
                try #require(first.outcome.state == .settled, "\(first.outcome) \(first.problem as Any)")
                let caller = try lab.container("web-blue-0")
                let gateway = try gateway(of: caller)
                let hosts = try String(contentsOfFile: "/proc/\(caller.pid)/root/etc/hosts", encoding: .utf8)
                for name in ["web", "api", "mail"].flatMap({ [$0, "\($0).\(lab.project)"] }) {
                    #expect(hosts.contains("\(gateway)\t\(name)\n"), "\(name): \(hosts)")
                }
                #expect(try await lab.ask(caller, "web", at: "\(gateway):8080") == "v1")
                #expect(try await lab.ask(caller, "web.\(lab.project)", at: gateway) == "v1")
                let absent = "503 mail of \(lab.project) has not been released on this host."
                #expect(try await lab.ask(caller, "mail", at: "\(gateway):8080") == absent)

                let process = DeployOrder(
                    project: lab.project,
                    environment: try EnvironmentName(parsing: "production"),
                    named: [],
                    services: [
                        .init(
                            spec: try Lab.spec("p1", name: "api"),
                            artifactSHA256: try await lab.artifact().hash.description,
                            assumed: []
                        )
                    ],
                    secrets: [:],
                    gitCommit: nil,
                    neighbours: told
                )
                let request = RolloutRequest(.deploy(process), options: .init(author: "lab"))
                let second = try await lab.end(of: lab.client.beginRollout(request).id)
                try #require(second.outcome.state == .settled, "\(second.outcome) \(second.problem as Any)")
                #expect(try await lab.ask(caller, "api", at: "\(gateway):8080") == "p1")

                let site = try Lab.spec("s1", name: "site")
                let third = try await lab.end(of: lab.begin([site], project: try ProjectName(parsing: "blog")).id)
                try #require(third.outcome.state == .settled, "\(third.outcome) \(third.problem as Any)")
                let stranger = try lab.container("site-blue-0")
                #expect(try await lab.ask(stranger, "web", at: "\(gateway):8080") == "no answer")
                let own = try self.gateway(of: stranger)
                #expect(try await lab.ask(stranger, "web", at: own).hasPrefix("421"))
                #expect(try await lab.ask(stranger, "site", at: own) == "s1")
                let findings = try await lab.client.doctor(DoctorRequest(fix: false)).checks.flatMap(\.findings)
                let closed =
                    "1 connections to \(gateway):8080 were closed: they came from outside the network of \(lab.project)"
                #expect(findings.map(\.text).contains(closed), "\(findings)")
                try await expectInvariants(lab)
            }
        }
    }

    /// The first address of a container's network.
    private func gateway(of container: LabContainer) throws -> String {
        let address = try #require(container.addresses.first)
        return address.split(separator: ".").dropLast().joined(separator: ".") + ".1"
    }
}

extension Lab {
    /// Asks by name from inside a container's network.
    ///
    /// - Returns: The version of the sample service that answered; the status and text of any other answer.
    fileprivate func ask(_ container: LabContainer, _ host: String, at place: String) async throws -> String {
        let out = root + "/ask-\(UInt32.random(in: 0 ... .max))"
        defer { unlink(out) }
        let child = try Child(
            [
                "/usr/bin/nsenter", "-t", "\(container.pid)", "-n", "/usr/bin/curl", "-s", "-m", "5", "-w",
                "\n%{http_code}", "-H", "Host: \(host)", "http://\(place)/who",
            ],
            output: out
        )
        // It ends with a code of its own when there was no answer, which the text says too.
        _ = try? await child.wait(within: .seconds(10))
        let lines = try String(contentsOfFile: out, encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
        struct Who: Decodable {
            let version: String
        }
        let body = lines.dropLast().joined(separator: " ")
        // Anything else is not the sample service.
        if let who = try? JSONDecoder().decode(Who.self, from: Data(body.utf8)) { return who.version }
        guard let status = lines.last, status != "000" else { return "no answer" }
        return "\(status) \(body)"
    }
}
