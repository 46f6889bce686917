import TealCore
import Testing

@testable import TealCompose

@Suite struct `A project of Compose files` {
    static let text = """
        services:
          web:
            image: web:1
            ports:
              - "8080:80"
            x-teal:
              route: shop.example.com
          debug:
            image: debug
            profiles: [debug]
        x-teal: {service: web}
        """

    @Test func `knows where its values were written`() throws {
        let place = try Workplace(["compose.yml": Self.text])
        let project = try ComposeFiles(place.settings()).read().project
        #expect(project.places["services", "web", "image"] == SourcePlace(file: "compose.yml", line: 3, column: 12))
        #expect(project.places["services", "web", "ports", "[0]"].line == 5)
        #expect(project.places["services", "web"].line == 2)
    }

    @Test func `has the nearest place for what was assumed`() throws {
        let project = try Reading.project(Self.text)
        #expect(project.places["services", "web", "ports", "[0]", "protocol"].line == 5)
        #expect(project.places["services", "web", "stop_signal"].line == 2)
    }

    @Test func `takes places from the file that said the last word`() throws {
        let place = try Workplace([
            "compose.yml": Self.text, "over.yml": "services:\n\n  web:\n    image: web:2\n",
        ])
        let project = try ComposeFiles(place.settings(["compose.yml", "over.yml"])).read().project
        #expect(project.services["web"]?.image == "web:2")
        #expect(project.places["services", "web", "image"].description == "over.yml:4")
    }

    @Test func `keeps keys that begin with x-`() throws {
        let project = try Reading.project(Self.text)
        #expect(project.extensions["x-teal"] == .object(["service": .string("web")]))
        let route = JSONValue.object(["route": .string("shop.example.com")])
        #expect(project.services["web"]?.extensions["x-teal"] == route)
    }

    @Test func `knows the services that no profile enables`() throws {
        let project = try Reading.project(Self.text)
        #expect(project.services.keys.sorted() == ["web"])
        #expect(project.disabledServices["debug"]?.profiles == ["debug"])
    }

    @Test func `never shows the value of a secret`() throws {
        let text = "services: {a: {image: a, secrets: [s]}}\nsecrets: {s: {environment: TOKEN}}\n"
        let project = try Reading.project(text, environment: ["TOKEN": "hunter2"])
        #expect(project.secrets["s"]?.value?.reveal() == "hunter2")
        #expect(!project.json.pretty.contains("hunter2"))
        #expect(!"\(project)".contains("hunter2"))
    }

    @Test func `may come from standard input`() throws {
        let place = try Workplace()
        let answer = try ComposeFiles(place.settings(["-"]), standardInput: { .success("services: {a: {image: a}}") })
            .read()
        #expect(answer.project.services["a"]?.image == "a")
        #expect(answer.project.name == "shop")
    }

    @Test func `says where standard input failed`() throws {
        let place = try Workplace()
        let failure = ComposeInputFailure(phrase: "is larger than 4 MiB")
        let problems = #expect(throws: ComposeProblems.self) {
            try ComposeFiles(place.settings(["-"]), standardInput: { .failure(failure) }).read()
        }
        #expect(problems?.findings.map(\.message) == ["the Compose file is larger than 4 MiB"])
    }
}

@Suite struct `Compose files are found` {
    private static let file = "services: {a: {image: a}}\n"

    @Test func `with their override, in the order of the usual names`() throws {
        let place = try Workplace([
            "compose.yaml": Self.file, "docker-compose.yml": "services: {b: {image: b}}\n",
            "compose.override.yml": "services: {a: {command: [x]}}\n",
        ])
        let answer = try ComposeFiles(place.settings([])).read()
        #expect(answer.project.files == ["compose.yaml", "compose.override.yml"].map { "\(place.path)/\($0)" })
        #expect(answer.project.services["a"]?.command == ["x"])
        #expect(answer.warnings.map(\.message) == ["there are several Compose files; compose.yaml is read"])
    }

    @Test func `above the working directory`() throws {
        let place = try Workplace(["compose.yml": Self.file, "a/b/none": ""])
        let settings = ComposeSettings(environment: [:], workingDirectory: place.path + "/a/b")
        #expect(try ComposeFiles(settings).read().project.directory == place.path)
    }

    @Test func `by COMPOSE_FILE, with the profiles of COMPOSE_PROFILES`() throws {
        let place = try Workplace(["one.yml": Self.file, "two.yml": "services: {b: {image: b, profiles: [p]}}\n"])
        let environment = ["COMPOSE_FILE": "one.yml:two.yml", "COMPOSE_PROFILES": "q, p"]
        let project = try ComposeFiles(place.settings([], environment: environment)).read().project
        #expect(project.services.keys.sorted() == ["a", "b"])
    }

    @Test func `or it is said that there are none`() throws {
        let place = try Workplace(["a/none": ""])
        let settings = ComposeSettings(projectDirectory: "/nowhere", environment: [:], workingDirectory: place.path)
        #expect(
            Reading.problems(settings, in: place) == [
                """
                error: there is no Compose file in /nowhere or above it [compose.unreadable]
                  next: Go to the project's directory, or name the file with `-f`.
                """
            ]
        )
    }

    @Test func `or it is said which one is missing`() throws {
        let place = try Workplace(["compose.yml": Self.file])
        #expect(
            Reading.problems(place.settings(["compose.yml", "prod.yml"]), in: place) == [
                """
                error: the Compose file does not exist [compose.unreadable]
                  at:   prod.yml
                  next: Name another one with `-f`, or go to its directory.
                """
            ]
        )
    }
}

@Suite struct `What is most likely not meant` {
    private static func warnings(_ text: String) throws -> [String] {
        let place = try Workplace(["compose.yml": text])
        return try ComposeFiles(place.settings()).read().warnings.map(\.description)
    }

    @Test func `is said of variables that are not set`() throws {
        let text = "services:\n  a:\n    image: web:${TAG}\n"
        #expect(try Self.warnings(text) == ["compose.yml:3: the variable TAG is not set; it is taken as empty"])
    }

    @Test func `two defaults of one variable are told, unless it is set`() throws {
        func warnings(_ variables: [String: String]) throws -> [String] {
            let place = try Workplace([
                "compose.yml": "services: {a: {image: 'x:1', environment: {URL: '${HIRE:-http://h:8001}'}}}",
                "b.yml":
                    "services: {b: {image: 'x:1', environment: {URL: '${HIRE:-http://h:8000}', OTHER: '${O:-}${O:-1}'}}}",
            ])
            let settings = place.settings(["compose.yml", "b.yml"], environment: variables)
            return try ComposeFiles(settings).read().warnings.map(\.description)
        }
        #expect(
            try warnings([:]) == [
                """
                b.yml:1: the variable HIRE is not set, and its default here is another one than at compose.yml:1; set it, so that \
                both mean the same
                """
            ]
        )
        #expect(try warnings(["HIRE": "http://h:9000"]) == [])
    }

    @Test func `is said of the old version key`() throws {
        let text = "version: '3'\nservices: {a: {image: a}}\n"
        #expect(try Self.warnings(text) == ["compose.yml:1: `version` has no meaning any more; remove it"])
    }

    @Test func `is said of commands that want a shell`() throws {
        let text = "services: {a: {image: a, command: migrate && serve}}\n"
        let warning =
            "compose.yml:1: no shell reads this, so it ends before `&`; write [\"sh\", \"-c\", \"…\"] for one that does"
        #expect(try Self.warnings(text) == [warning])
    }

    @Test func `is said of unknown options of mounts`() throws {
        let text = "services: {a: {image: a, volumes: ['/a:/b:fast']}}\n"
        #expect(try Self.warnings(text) == ["compose.yml:1: the mount's option `fast` is unknown and has no effect"])
    }
}

@Suite struct `Limits of Compose files` {
    @Test func `aliases that multiply are refused`() throws {
        var text = "x-a: &a [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]\n"
        for (before, next) in zip("abcdef", "bcdefg") {
            text += "x-\(next): &\(next) [" + Array(repeating: "*\(before)", count: 10).joined(separator: ", ") + "]\n"
        }
        let problems = try Reading.problems(text + "services: {a: {image: a}}\n")
        #expect(problems.count == 1)
        #expect(problems.first?.contains("[compose.limit]") == true)
    }

    @Test func `deep nesting is refused`() throws {
        let text = "x-a: " + String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
        #expect(try Reading.problems(text).first?.contains("[compose.limit]") == true)
    }

    @Test func `nesting that the parser itself refuses is one of them`() throws {
        let text = "x-a: " + String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
        #expect(try Reading.problems(text).first?.contains("[compose.limit]") == true)
    }

    @Test func `services may depend on each other in a long row`() throws {
        let services = (0..<4000).map { "  s\($0): {image: a, depends_on: [s\($0 + 1)]}\n" }.joined()
        let project = try Reading.project("services:\n\(services)  s4000: {image: a}\n")
        #expect(project.services.count == 4001)
    }

    @Test func `services may extend one another a hundred times`() throws {
        func text(_ count: Int) -> String {
            let services = (0..<count).map { "  s\($0): {extends: s\($0 + 1)}\n" }.joined()
            return "services:\n\(services)  s\(count): {image: a}\n"
        }
        #expect(try Reading.project(text(Extending.chainMax)).services["s0"]?.image == "a")
        #expect(
            try Reading.problems(text(Extending.chainMax + 1)).first == """
                error: more than 100 services extend one another in a row [compose.limit]
                  at:   compose.yml:102:19, services.s100.extends
                  next: Move what they share into one service that all extend.
                """
        )
    }

    @Test func `variables that multiply are refused`() throws {
        let lines = (1...8).map { line in "A\(line)=" + String(repeating: "${A\(line - 1)}", count: 10) + "\n" }
        let place = try Workplace([
            "compose.yml": "services: {a: {image: a, env_file: x.env}}", "x.env": "A0=0123456789\n" + lines.joined(),
        ])
        #expect(
            Reading.problems(place.settings(), in: place) == [
                """
                error: the value is longer than 1 MiB with its variables filled in [compose.env-file]
                  at:   x.env:7:1
                  next: Write the value out.
                """
            ]
        )
    }
}

@Suite struct `What is wrong with a Compose file` {
    @Test func `is the variable where an image came out empty`() throws {
        let text = "services:\n  a:\n    image: ${IMAGE}\n  b: {image: \"$IMAGE$TAG\"}\n  c: {command: x}\n"
        #expect(
            try Reading.problems(text) == [
                """
                error: nothing is left of the image of `a`: IMAGE is empty or not set [compose.missing]
                  at:   compose.yml:3:12, services.a.image
                  next: Set IMAGE in the environment, in `.env` or in a file given with `--env-file`.
                """,
                """
                error: nothing is left of the image of `b`: IMAGE and TAG are empty or not set [compose.missing]
                  at:   compose.yml:4:14, services.b.image
                  next: Set IMAGE and TAG in the environment, in `.env` or in a file given with `--env-file`.
                """,
                """
                error: the service `c` has neither an image nor a build [compose.missing]
                  at:   compose.yml:5:3, services.c
                  next: Write `image: NAME:TAG` or `build: DIRECTORY`.
                """,
            ]
        )
    }

    /// What quotes would not mend has another next step.
    @Test(arguments: [
        ("stop_grace_period: 10", "Write `10s` for seconds."), ("stop_grace_period: 0", "Put it in quotes: `\"0\"`."),
        ("healthcheck: {interval: 5}", "Write `5s` for seconds."), ("read_only: 1", "Write `true` or `false`."),
        ("restart: false", "Write `\"no\"`, with the quotes."), ("gpus: 2", "Write `all`, or `[{count: 2}]`."),
        ("ports: [true]", "Write a port, such as `\"8080:80\"`."), ("ulimits: {nproc: 1.5}", "Write a whole number."),
        ("user: 1000", "Put it in quotes: `\"1000\"`."),
    ])
    func `has a next step that helps`(key: String, advice: String) throws {
        let problems = try Reading.problems("services: {a: {image: a, \(key)}}")
        #expect(problems.count == 1)
        #expect(problems.first?.hasSuffix("next: \(advice)") == true, "\(problems)")
    }

    @Test func `tells label files from env files`() throws {
        let problems = try Reading.problems("services: {a: {image: a, label_file: none.labels, env_file: none.env}}")
        #expect(problems.contains { $0.hasPrefix("error: the label file does not exist") })
        #expect(problems.contains { $0.hasPrefix("error: the env file does not exist") })
    }

    @Test func `is services without any, also in a file that is laid over another`() throws {
        let place = try Workplace(["a.yml": "services: {a: {image: a}}", "b.yml": "services:\n"])
        let problems = Reading.problems(place.settings(["a.yml", "b.yml"]), in: place)
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("error: `services` must be a mapping, and is nothing") == true)
    }

    @Test func `is not lost in a list of a thousand others`() throws {
        let keys = (0..<20_000).map { "    k\($0): 1\n" }.joined()
        #expect(try Reading.problems("services:\n  a:\n    image: a\n\(keys)").count == ProblemList.countMax)
    }
}

@Suite struct `A reset behind an alias` {
    private static let base = "services: {a: {image: a, ports: [\"80:80\"], expose: [\"1\"], dns: [1.1.1.1]}}"

    private static func service(_ over: String) throws -> ComposeService? {
        let place = try Workplace(["a.yml": base, "b.yml": over])
        return try ComposeFiles(place.settings(["a.yml", "b.yml"])).read().project.services["a"]
    }

    @Test func `holds wherever it is named`() throws {
        let service = try Self.service("x-r: &r !reset []\nservices: {a: {ports: *r, expose: *r}}")
        #expect(service?.ports.isEmpty == true)
        #expect(service?.exposed.isEmpty == true)
        #expect(service?.nameServers == ["1.1.1.1"])
    }

    @Test func `is gone from what it stood in once that has been read`() throws {
        let service = try Self.service("x-s: &s {ports: !reset [], image: b}\nservices: {a: *s}")
        #expect(service?.ports.count == 1)
        #expect(service?.image == "b")
    }
}
