import Foundation
import Synchronization
import TealAPI
import TealCommands
import TealCore
import TealFakeDaemon
import Testing

@Suite struct `Services are worked on with one command` {
    /// A directory with a project in it, a daemon of the tests, and what the command had done outside.
    private final class Place: Sendable {
        let directory: String
        let daemon = FakeDaemon()
        private let socket: String
        private let deeds = Mutex<[String]>([])
        /// Who has which port.
        let holders = Mutex<[Int: String]>([:])

        var done: [String] { deeds.withLock { $0 } }

        init(_ directory: String, socket: String) {
            self.directory = directory
            self.socket = socket
        }

        private func note(_ deed: String) {
            deeds.withLock { $0.append(deed.replacing(directory, with: "~")) }
        }

        var workshop: Workshop {
            Workshop(
                holder: { [self] port in holders.withLock { $0[port.port] } },
                build: { [self] image, arguments, _ in
                    note("build \(image) \(arguments.joined(separator: " "))")
                    return "sha256:built"
                },
                start: { [self] home, listen in
                    try FileManager.default.createDirectory(atPath: "\(home)/run", withIntermediateDirectories: true)
                    try FileManager.default.createSymbolicLink(
                        atPath: "\(home)/run/teal.sock",
                        withDestinationPath: socket
                    )
                    note("start \(listen)")
                },
                end: { [self] _, withVolumes, atOnce in
                    note("end\(withVolumes ? " with volumes" : "")\(atOnce ? " at once" : "")")
                    return WorkshopEnd(
                        wasUp: true,
                        containers: ["web-blue", "db-blue"],
                        networks: ["teal-shop"],
                        volumes: [],
                        keptVolumes: ["shop_data"]
                    )
                }
            )
        }

        func teal(_ words: String...) async -> CommandRun {
            await CommandRun.run(
                words + ["--file", directory + "/teal.yml"],
                environment: ["HOME": directory, "XDG_STATE_HOME": directory + "/s"],
                workshop: workshop
            )
        }
    }

    private static let shop = """
        project: shop
        compose: docker-compose.yml
        groups: {front: [web]}
        services:
          web: {host: shop.example.com, port: 3000, needs: [db]}
          jobs: {kind: worker, artifact: ., command: ./jobs}

        """
    private static let compose = """
        services:
          web: {build: ., ports: ["8090:3000"]}
          db: {image: "postgres:16", ports: ["5432:5432"]}
          mail: {image: "mail:1", profiles: [mail]}

        """

    private func place(_ text: String = shop, _ body: @Sendable (Place) async throws -> Void) async throws {
        try await FakeHost.withDirectory { directory in
            try Data(text.utf8).write(to: URL(filePath: directory + "/teal.yml"))
            try Data(Self.compose.utf8).write(to: URL(filePath: directory + "/docker-compose.yml"))
            let place = Place(directory, socket: directory + "/fake.sock")
            place.daemon.configure { $0.ended = Samples.rollout(.released) }
            try await FakeHost.serve(place.daemon, at: directory + "/fake.sock") { _ in try await body(place) }
        }
    }

    @Test func `images are built, the daemon is started, and everything is released with it`() async throws {
        try await place { place in
            let run = await place.teal("dev", "-d")
            #expect(run.code == 0, "\(run.errors)")
            #expect(place.done == ["build \(Self.image(place)) --file ~/Dockerfile ~", "start 127.0.0.1:8080"])
            #expect(
                run.output.split(separator: "\n").prefix(4) == [
                    "up  shop", "  web   http://web.localhost:8080  127.0.0.1:8090", "  db    127.0.0.1:5432", "  jobs",
                ]
            )
            guard case .deploy(let order) = place.daemon.requests.first?.order else {
                Issue.record("not a deploy")
                return
            }
            #expect("\(order.environment)" == "development" && order.hostImages == true && order.gitCommit == nil)
            #expect(order.services.map(\.spec.name.description) == ["web", "db", "jobs"])
            #expect(order.services.map(\.image) == ["sha256:built", nil, nil])
            #expect(order.upgrades?.map(\.description) == ["db"])
            #expect(place.daemon.requests.first?.options.onCancel == .abort)
        }
    }

    /// The Compose project is called as its directory is.
    private static func image(_ place: Place) -> String {
        "\(place.directory.split(separator: "/").last?.lowercased() ?? "")-web:dev"
    }

    @Test func `a group is started with what it needs, and what is neither group nor profile is told`() async throws {
        try await place { place in
            let run = await place.teal("dev", "-d", "front", "--output", "json")
            #expect(run.code == 0, "\(run.errors)")
            guard case .deploy(let order) = place.daemon.requests.first?.order else {
                Issue.record("not a deploy")
                return
            }
            #expect(order.services.map(\.spec.name.description) == ["web", "db"])
            #expect(run.output.split(separator: "\n").last?.hasPrefix("{\"up\":{\"home\":") == true)
            let wrong = await place.teal("dev", "mial")
            #expect(wrong.code == 1)
            #expect(
                wrong.errors == """
                    error: nothing has been started: mial is neither a profile of the Compose files nor a group [dev.profile]
                      next: Did you mean `teal dev mail`?
                            They are mail and front; `teal dev` alone starts what belongs to no profile

                    """
            )
        }
    }

    @Test func `who has a port is told before anything is started`() async throws {
        try await place { place in
            place.holders.withLock { $0 = [8080: "nginx (pid 12)", 5432: "the container other-db"] }
            let run = await place.teal("dev")
            #expect(run.code == 1)
            #expect(place.done.isEmpty && place.daemon.requests.isEmpty)
            #expect(
                run.errors == """
                    error: nothing has been changed: ports of this machine are taken [dev.port]
                      at:   port 8080 of the proxy: nginx (pid 12) has it; `teal dev --port 8081` takes another one
                            port 127.0.0.1:5432 of db: the container other-db has it
                      next: End what has them, or choose other ports; `teal dev down` in its directory ends another project

                    """
            )
        }
    }

    @Test func `secrets that have no value for work are all told`() async throws {
        let text = Self.shop.replacing("needs: [db]}", with: "needs: [db], secrets: [TOKEN, KEY]}")
        try await place(text) { place in
            let run = await place.teal("dev")
            #expect(run.code == 1 && place.done.isEmpty)
            #expect(
                run.errors.replacing(place.directory, with: "~").hasPrefix(
                    """
                    error: nothing has been started: services need secrets that have no value for work [dev.secrets]
                      at:   web: TOKEN, KEY
                      next: Write lines NAME=value into ~/.teal/development.env, which stays on this machine; those of releases \
                    are never used here

                    """
                ),
                "\(run.errors)"
            )
        }
    }

    @Test func `a first start that fails leaves nothing, and a later one what was there before`() async throws {
        try await place { place in
            place.daemon.configure { $0.ended = Samples.rollout(.kept) }
            let first = await place.teal("dev", "-d")
            #expect(first.code == 1 && place.done.last == "end", "\(first.errors)")
            // The directory is as it was after the first start, for it was only said that all is ended.
            let second = await place.teal("dev", "-d")
            #expect(second.code == 1 && place.done.last?.hasPrefix("build") == true, "\(second.errors)")
        }
    }

    @Test func `everything goes with one command, and volumes only when it is said`() async throws {
        try await place { place in
            let run = await place.teal("dev", "down")
            #expect(run.code == 0)
            #expect(
                run.output == """
                    down  2 containers, 1 network removed
                      kept: shop_data (`teal dev down --volumes` removes them)

                    """
            )
            let json = await place.teal("dev", "down", "--volumes", "--output", "json")
            #expect(
                json.output
                    == #"{"down":{"containers":["web-blue","db-blue"],"keptVolumes":["shop_data"],"networks":["teal-shop"],"volumes":[],"wasUp":true}}"#
                    + "\n"
            )
            #expect(place.done == ["end", "end with volumes"])
        }
    }

    @Test func `a program without a daemon says so`() async throws {
        let run = await CommandRun.run(["dev"], environment: ["HOME": "/tmp"])
        #expect(run.code == 1 && run.errors.contains("[cli.no-daemon]"))
    }
}
