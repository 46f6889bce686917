import TealCore
import TealDriverKit
import TealTestSupport
import Testing

@testable import TealDocker

/// The defaults of each kind, and what the official images of well-known programs do at their start.
@Suite(
    .serialized,
    .timeLimit(.minutes(5)),
    .enabled(if: DockerEngine.isThere, Comment(rawValue: DockerEngine.missing)),
    .enabled(if: OfficialImage.isThere, Comment(rawValue: OfficialImage.missing))
)
struct `Images that begin as the official ones do` {
    @Test func `nginx as a web service has its files, serves by other users, and quits`() async throws {
        try await started(.nginx, .web, port: 80, signal: "QUIT") { lab, first, _ in
            let address = try #require(first.endpoint?.address)
            try await eventually(within: .seconds(30), "it answers") {
                try await Shell.run(#"curl -s -m 2 "http://$1/""#, [address]).output == "hello"
            }
            #expect(try await lab.says(first.id, "ps -o user,args | grep -c '^nginx .*worker process'") == "2")
        }
    }

    @Test func `Redis as an accessory becomes its own user and keeps what it saves`() async throws {
        try await started(.redis, .accessory, port: 6379, signal: "TERM") { lab, first, release in
            func ask(_ words: String) async throws -> String {
                let address = try #require(first.endpoint?.address)
                return try await Shell.run(#"redis-cli -h "$1" \#(words)"#, [address]).output
            }
            try await eventually(within: .seconds(30), "it answers") { try await ask("ping") == "PONG\n" }
            #expect(try await lab.says(first.id, "stat -c %U /proc/1 /data") == "redis\nredis")
            #expect(try await ask("set jobs 7") == "OK\n")
            #expect(try await ask("save") == "OK\n")
            try await lab.runtime.remove(first.id)
            #expect(try await lab.runtime.start(lab.order(release)).endpoint == first.endpoint)
            try await eventually(within: .seconds(30), "it has what it saved") { try await ask("get jobs") == "7\n" }
        }
    }

    @Test func `PostgreSQL as an accessory makes its files, and has them in its next container`() async throws {
        try await started(.postgres, .accessory, port: 5432, signal: "INT") { lab, first, release in
            func ask(_ text: String) async throws -> String {
                let address = try #require(first.endpoint?.address)
                let program = (OfficialImage.postgreSQL ?? "") + "/bin/psql"
                return try await Shell.run(
                    #""$1" -h "$2" -U postgres -Atqc "$3" 2>&1"#,
                    [program, address, text]
                ).output
            }
            try await eventually(within: .seconds(60), "it answers") { try await ask("select 7") == "7\n" }
            #expect(try await lab.says(first.id, "stat -c %U /proc/1 $PGDATA") == "postgres\npostgres")
            #expect(try await ask("create table jobs as select 7 as number") == "")
            try await lab.runtime.stop(first.id, policy: release.spec.stop)
            try await lab.runtime.remove(first.id)
            #expect(try await lab.runtime.start(lab.order(release)).endpoint == first.endpoint)
            try await eventually(within: .seconds(60), "it has its table") {
                try await ask("select number from jobs") == "7\n"
            }
        }
    }

    /// Runs `body` with a replica of an image under its kind's defaults, and sees that it ends well when it is asked to.
    private func started(
        _ image: OfficialImage,
        _ kind: ServiceKind,
        port: Int,
        signal: String,
        _ body: (DockerLab, ReplicaState, Release) async throws -> Void
    ) async throws {
        try await DockerLab.with { lab in
            let id = try await image.load(lab.fixture)
            let release = try lab.release(content: .localImage(id: id), source: "lab/official:1", 1, "app", kind) {
                $0.port = port
                $0.volumes = []
                $0.stop.signal = signal
                $0.stop.grace = .seconds(20)
            }
            let first = try await lab.started(release)
            try await body(lab, first, release)
            try await lab.runtime.stop(first.id, policy: release.spec.stop)
            let ended = try await lab.container(first.id)
            let lines = try await lab.runtime.logTail(of: first.id, linesMax: 5).map(\.text)
            #expect(ended.exitCode == 0, "\(lines)")
        }
    }
}
