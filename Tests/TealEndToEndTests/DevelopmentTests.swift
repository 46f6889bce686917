import Foundation
import TealCore
import TealLab
import Testing

extension EndToEnd {
    /// Services as people work on them: `teal dev` in a directory, by the command line.
    @Suite struct Development {
        /// A directory with a project, and the state of whoever works on it.
        private final class Desk: Sendable {
            let root: String
            let project: String
            let programs: LabPrograms
            let port: Int
            private let variables: [String: String]

            init(_ lab: Lab, socket: String? = nil) throws {
                root = lab.root
                project = root + "/project"
                programs = lab.programs
                port = lab.publicPort
                variables = ["XDG_STATE_HOME": root + "/s"].merging(socket.map { ["TEAL_DOCKER_SOCKET": $0] } ?? [:]) {
                    $1
                }
                try FileManager.default.createDirectory(atPath: project + "/src", withIntermediateDirectories: true)
            }

            func write(_ name: String, _ text: String) throws {
                try Data(text.utf8).write(to: URL(filePath: "\(project)/\(name)"))
            }

            func start(_ words: String..., log: String = "out") throws -> Child {
                try Child(
                    [programs.teal, "dev"] + words + ["--file", "\(project)/teal.yml"],
                    environment: variables,
                    output: "\(root)/\(log)"
                )
            }

            /// Runs `teal dev` to its end.
            func teal(_ words: String..., expecting code: Int32 = 0) async throws -> String {
                let log = "out-\(UInt32.random(in: 0 ... .max))"
                let child = try Child(
                    [programs.teal, "dev"] + words + ["--file", "\(project)/teal.yml"],
                    environment: variables,
                    output: "\(root)/\(log)"
                )
                let ended = try await child.wait(within: .seconds(120))
                let text = try String(contentsOfFile: "\(root)/\(log)", encoding: .utf8)
                guard ended == code else { throw LabFailure("`teal dev \(words)` ended with \(ended): \(text)") }
                return text
            }

            func text(_ log: String = "out") -> String {
                (try? String(contentsOfFile: "\(root)/\(log)", encoding: .utf8)) ?? ""  // nothing was written yet
            }

            /// What a browser gets for a name; nil while nobody answers.
            func answer(_ host: String, _ path: String = "") async -> String? {
                // Whoever is not there yet is asked again.
                let text = try? await Child.output(
                    of: ["/usr/bin/curl", "--silent", "--fail", "--max-time", "3", "http://\(host):\(port)/\(path)"]
                )
                return text?.trimmingCharacters(in: .whitespacesAndNewlines)
            }

            /// What of Teal still runs for it.
            func processes(_ lab: Lab) -> [String] {
                lab.processes().filter { ["teal", "teal-proxy", "teal-shim"].contains($0.name) }.map {
                    $0.words.joined(separator: " ")
                }
            }

            var homes: [String] {
                (try? FileManager.default.contentsOfDirectory(atPath: root + "/s/teal/dev")) ?? []  // none was made
            }
        }

        /// A service that is restarted when its source changes, by a watch command as people have one.
        private static let watch = """
            #!/bin/sh
            # Serves what the source says, and begins anew when that has changed.
            cd "$(dirname "$0")" || exit 1
            mkdir -p "${SERVED:?}"
            seen=
            while :; do
                now=$(cat page)
                if [ "$now" != "$seen" ]; then
                    echo "built $now"
                    echo "$now" >"$SERVED/index.html"
                    [ -n "$seen" ] || busybox httpd -f -p "$PORT" -h "$SERVED" &
                    seen=$now
                fi
                sleep 0.1
            done

            """

        @Test func `run as processes where they are, and are gone with Ctrl-C`() async throws {
            try await Lab.with(runtime: .processes) { lab in
                let desk = try Desk(lab)
                try desk.write("src/watch.sh", Self.watch)
                try desk.write("src/page", "one")
                try desk.write(
                    "teal.yml",
                    """
                    project: shop
                    secretsFile: production.env
                    services:
                      web:
                        artifact: build
                        port: 8080
                        host: shop.example.com
                        secrets: [TOKEN]
                        smoke: [{path: /never}]
                        dev:
                          artifact: src
                          command: sh watch.sh
                          env: {SERVED: \(lab.root)/served}
                      ticks:
                        kind: worker
                        artifact: build
                        dev: {artifact: src, command: "sh -c 'while :; do echo tick; sleep 1; done'"}
                    """
                )
                let refused = try await desk.teal(expecting: 1)
                #expect(refused.contains("[dev.secrets]") && refused.contains("web: TOKEN"), "\(refused)")
                try FileManager.default.createDirectory(
                    atPath: desk.project + "/.teal",
                    withIntermediateDirectories: true
                )
                try desk.write(".teal/development.env", "TOKEN=of-work\n")

                let front = try desk.start("--port", "\(lab.publicPort)")
                try await until("everything is up", within: .seconds(30)) {
                    if let code = front.ended { throw LabFailure("`teal dev` ended with \(code): \(desk.text())") }
                    return desk.text().contains("http://web.localhost:\(lab.publicPort)")
                }
                #expect(await desk.answer("web.localhost") == "one")
                try await until("both services are heard") {
                    desk.text().contains("web   | built one") && desk.text().contains("ticks | tick")
                }
                #expect(!desk.text().contains("\u{1B}["))

                try desk.write("src/page", "two")
                try await until("the watch command has seen the change") { await desk.answer("web.localhost") == "two" }
                // Typed again it finds that nothing has changed, and then what has.
                #expect(try await desk.teal("-d").contains("up  shop"))
                let text = try String(contentsOfFile: desk.project + "/teal.yml", encoding: .utf8)
                try desk.write("teal.yml", text.replacing("echo tick;", with: "echo tock;"))
                _ = try await desk.teal("-d")
                try await until("the changed service is heard") { desk.text().contains("ticks | tock") }
                let other = try await desk.teal("-d", "--port", "1", expecting: 1)
                #expect(other.contains("[dev.port]"))

                front.signal(SIGINT)
                #expect(try await front.wait(within: .seconds(30)) == 0, "\(desk.text())")
                #expect(desk.text().contains("down"))
                #expect(desk.processes(lab) == [] && desk.homes == [])
                #expect(Lab.isFree(lab.publicPort))
                #expect(try await desk.teal("down").contains("nothing was up"))
            }
        }

        @Test func `a first start that fails says why, and leaves nothing`() async throws {
            try await Lab.with(runtime: .processes) { lab in
                let desk = try Desk(lab)
                try desk.write(
                    "teal.yml",
                    """
                    project: shop
                    services:
                      web: {artifact: src, command: "sh -c 'echo no such module; exit 3'", port: 80, host: shop.example.com}
                    """
                )
                try desk.write("src/page", "one")
                let text = try await desk.teal("--port", "\(lab.publicPort)", expecting: 1)
                #expect(text.contains("no such module") && text.contains("exited 3"), "\(text)")
                #expect(desk.processes(lab) == [] && desk.homes == [])

                // One that never listens is waited for until Ctrl-C, and what it writes is shown meanwhile.
                let file = try String(contentsOfFile: desk.project + "/teal.yml", encoding: .utf8)
                try desk.write(
                    "teal.yml",
                    file.replacing("echo no such module; exit 3", with: "echo compiling; sleep 600")
                )
                let front = try desk.start("--port", "\(lab.publicPort)")
                try await until("its lines are shown") { desk.text().contains("web | compiling") }
                front.signal(SIGINT)
                #expect(try await front.wait(within: .seconds(30)) == 0, "\(desk.text())")
                #expect(desk.processes(lab) == [] && desk.homes == [], "\(desk.text())")
            }
        }

        @Test func `of Compose files run with their mounts, and down leaves their volumes alone`() async throws {
            try await LabEngine.with { engine in
                try await Lab.with(runtime: .containers(engine.socket)) { lab in
                    let desk = try Desk(lab, socket: engine.socket.path)
                    try await ProgramImage.redis.build(on: engine.socket)
                    let places = ["/bin/busybox", "/usr/bin/busybox"]
                    let tools = try #require(places.first { FileManager.default.fileExists(atPath: $0) })
                    try FileManager.default.copyItem(atPath: tools, toPath: desk.project + "/busybox")
                    try desk.write("src/watch.sh", Self.watch.replacing("#!/bin/sh\n", with: ""))
                    try desk.write("src/page", "one")
                    let tool = "/bin/busybox"
                    try desk.write(
                        "docker-compose.yml",
                        """
                        name: shop
                        services:
                          web:
                            build:
                              context: .
                              dockerfile_inline: |
                                FROM scratch
                                COPY busybox \(tool)
                                RUN ["\(tool)", "--install", "-s", "/bin"]
                            entrypoint: ["\(tool)", "sh", "/app/watch.sh"]
                            environment: {SERVED: /tmp/served, PORT: "3000"}
                            volumes: ["./src:/app"]
                            ports: ["\(lab.internalPort):3000"]
                            depends_on: [store]
                            stop_grace_period: 1s
                          store:
                            image: "\(ProgramImage.redis.name)"
                            volumes: ["data:/data"]
                          extra:
                            image: shop-web:dev
                            command: ["\(tool)", "sleep", "1000"]
                            stop_grace_period: 1s
                            profiles: [more]
                        volumes: {data: }
                        """
                    )
                    let words = ["--port", "\(lab.publicPort)"]
                    let first = try await desk.teal("-d", words[0], words[1])
                    #expect(first.contains("http://web.localhost:\(lab.publicPort)"), "\(first)")
                    #expect(await desk.answer("web.localhost") == "one")
                    let published = try await Child.output(of: [
                        "/usr/bin/curl", "-s", "http://127.0.0.1:\(lab.internalPort)",
                    ])
                    #expect(published == "one\n")

                    try desk.write("src/page", "two")
                    try await until("the watch command has seen the change") {
                        await desk.answer("web.localhost") == "two"
                    }
                    _ = try await desk.teal("-d", "more")
                    func names() throws -> [String] {
                        let answer = try engine.socket.request("GET", "/containers/json?all=1")
                        let list = try JSONSerialization.jsonObject(with: answer.body) as? [[String: Any]]
                        return (list ?? []).flatMap { $0["Names"] as? [String] ?? [] }.sorted()
                    }
                    #expect(try names() == ["/extra-blue", "/store-blue", "/web-blue"])

                    let left = try await desk.teal("-d")
                    #expect(left.contains("extra runs and was not asked for"), "\(left)")

                    // A service of teal.yml beside them, with its sources mounted and a command of its own.
                    try desk.write(
                        "teal.yml",
                        """
                        project: shop
                        compose: docker-compose.yml
                        services:
                          site:
                            image: shop-web:dev
                            port: 3001
                            host: site.example.com
                            dev: {command: "\(tool) httpd -f -p 3001 -h /site", volumes: ["./src:/site:ro"], stop: {grace: 1s}}
                        """
                    )
                    // Networks are made anew for services of both kinds.
                    _ = try await desk.teal("down")
                    _ = try await desk.teal("-d", words[0], words[1])
                    #expect(await desk.answer("site.localhost", "page") == "two")
                    #expect(await desk.answer("web.localhost") == "two")

                    let down = try await desk.teal("down", "--output", "json")
                    #expect(down.contains(#""keptVolumes":["shop_data"]"#), "\(down)")
                    #expect(try names() == [] && desk.processes(lab) == [])
                    let networks = try engine.socket.request("GET", "/networks").text
                    #expect(!networks.contains("shop"), "\(networks)")
                    #expect(try engine.socket.request("GET", "/volumes/shop_data").status == 200)
                    #expect(Lab.isFree(lab.publicPort) && Lab.isFree(lab.internalPort))

                    // The volume is known again, and goes when that is said.
                    _ = try await desk.teal("-d", words[0], words[1])
                    #expect(try engine.socket.request("GET", "/volumes").text.contains("shop_data"))
                    _ = try await desk.teal("down", "--volumes")
                    #expect(try engine.socket.request("GET", "/volumes/shop_data").status == 404)
                    #expect(desk.homes == [])
                }
            }
        }
    }
}
