import Foundation
import TealAPI
import TealClient
import TealCore
import TealLab
import Testing

extension EndToEnd.ComposeServices {
    /// Images of Alpine and Bun have no curl; Docker calls such a container `unhealthy` and says no more.
    @Test func `a health check whose program the image lacks is told by that program's name`() async throws {
        try await LabEngine.with { engine in
            try await Lab.with(runtime: .containers(engine.socket)) { lab in
                try await lab.startDaemon()
                try SampleImage.build(on: engine.socket)
                let directory = lab.root + "/project"
                try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
                let compose = """
                    services:
                      web:
                        image: "\(SampleImage.name)"
                        environment: {HOST: 0.0.0.0}
                        expose: ["8080"]
                        healthcheck: {test: [CMD, curl, -f, "http://127.0.0.1:8080/health"], interval: 1s, retries: 2}
                    """
                let teal = """
                    project: \(lab.project)
                    compose: docker-compose.yml
                    services: {web: {host: web.test, health: {deadline: 5s}}}
                    """
                for (name, text) in [("docker-compose.yml", compose), ("teal.yml", teal)] {
                    try Data(text.utf8).write(to: URL(filePath: "\(directory)/\(name)"))
                }
                let failure = await #expect(throws: LabFailure.self) {
                    try await Child.output(
                        of: [
                            lab.programs.teal, "deploy", "--file", directory + "/teal.yml", "--home", lab.home,
                            "--host-images",
                        ],
                        within: .seconds(60)
                    )
                }
                let said = "\(failure as Any)"
                #expect(said.contains("web@1 was not healthy within 5 s") && said.contains("curl"), "\(said)")
                #expect(lab.running.isEmpty)
            }
        }
    }
}
