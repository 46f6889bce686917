import Foundation
import TealCore
import TealDriverKit
import Testing

@testable import TealSource

@Suite struct `Sources are built` {
    @Test func `what the commands make of a commit is the artifact`() async throws {
        let shop = try Workshop()
        let first = try shop.push(["src/page": "one\n", "build.sh": "mkdir out && cp src/page out/page && pwd >&2\n"])
        let source = try shop.source { source in
            source.commands = [["sh", "build.sh"], ["sh", "-c", "echo built by $TEAL_SERVICE of $TEAL_COMMIT"]]
            source.output = "out"
        }
        #expect(try await shop.builder.resolve(source, for: nil) == first)
        let order = try shop.order(source, first)
        let (built, notes) = try await shop.build(order)
        #expect(!built.wasThere)
        #expect(try shop.text("page", in: built.artifact) == "one\n")
        #expect(try shop.text("build.sh", in: built.artifact) == nil)
        #expect(notes.contains(.fetching(first)))
        #expect(notes.contains(.command("sh build.sh", number: 1, of: 2)))
        #expect(notes.contains(.output("built by web of \(first)")))
        #expect(notes.last == .packing)
        #expect(try shop.leftovers.isEmpty)
    }

    @Test func `the same commit with the same configuration is not built again, and another is`() async throws {
        let shop = try Workshop()
        let counter = shop.root + "/count"
        let first = try shop.push(["page": "one\n"])
        let source = try shop.source { $0.commands = [["sh", "-c", "echo built >> '\(counter)'"]] }
        func builds() throws -> Int {
            // Not there: nothing was built.
            let text = (try? String(contentsOfFile: counter, encoding: .utf8)) ?? ""
            return text.split(separator: "\n").count
        }
        let order = try shop.order(source, first)
        #expect(await shop.builder.built(order) == nil)
        let built = try await shop.build(order).built
        #expect(try builds() == 1)
        let again = try await shop.build(order)
        #expect(again.built == BuiltSource(commit: first, artifact: built.artifact, wasThere: true))
        #expect(again.notes.isEmpty)
        #expect(await shop.builder.built(order)?.artifact == built.artifact)
        // Also by another daemon.
        let (other, _) = try Workshop.open(shop.root)
        #expect(await other.built(order)?.artifact == built.artifact)
        #expect(try builds() == 1)
        // What decides what comes out makes another build; what does not makes none.
        var changed = source
        changed.timeout = .seconds(59)
        #expect(await shop.builder.built(try shop.order(changed, first)) != nil)
        changed.environment = ["MODE": "fast"]
        #expect(await shop.builder.built(try shop.order(changed, first)) == nil)
        #expect(await shop.builder.built(try shop.order(source, first, secrets: ["A": "b"])) == nil)
        #expect(await shop.builder.built(try shop.order(source, first, service: "other")) == nil)
        let second = try shop.push(["page": "two\n"])
        #expect(try await shop.builder.resolve(source, for: nil) == second)
        let next = try await shop.build(try shop.order(source, second)).built
        #expect(next.artifact != built.artifact)
        #expect(try builds() == 2)
        _ = try await shop.builder.build(order, again: true) { _ in }
        #expect(try builds() == 3)
        // An artifact that was pruned is made anew.
        try FileManager.default.removeItem(atPath: "\(shop.root)/store/artifacts/\(built.artifact)")
        #expect(await shop.builder.built(order) == nil)
        #expect(try await shop.build(order).built.artifact == built.artifact)
        #expect(try builds() == 4)
    }

    @Test func `a build that fails leaves nothing, and its last lines are told masked`() async throws {
        let shop = try Workshop()
        let commit = try shop.push(["page": "one\n"])
        let script = "for i in $(seq 1 80); do echo line $i $TOKEN; done; echo no such module >&2; exit 3"
        let source = try shop.source { source in
            source.commands = [["sh", "-c", script]]
            source.secrets = ["TOKEN"]
        }
        let (error, notes) = try await shop.failure(try shop.order(source, commit, secrets: ["TOKEN": "hunter22"]))
        guard case .commandFailed(let command, let code, let tail) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(command == "sh -c \(script)")
        #expect(code == 3)
        #expect(tail.count == 50)
        #expect(tail.contains("no such module"))
        #expect(tail.contains("line 80 <redacted>"))
        #expect(!"\(notes) \(error)".contains("hunter22"))
        #expect(try shop.leftovers.isEmpty)
        #expect(try shop.records == 0)
    }

    @Test func `secrets reach the commands as variables only`() async throws {
        let shop = try Workshop()
        let commit = try shop.push(["page": "one\n"])
        let source = try shop.source { source in
            source.commands = [
                [
                    "sh", "-c",
                    #"test "${#TOKEN}" = 8 && ! cat /proc/*/cmdline 2>/dev/null | tr '\0' ' ' | grep hunter2[2]"#,
                ]
            ]
            source.secrets = ["TOKEN"]
        }
        _ = try await shop.build(try shop.order(source, commit, secrets: ["TOKEN": "hunter22"]))
    }

    @Test func `a directory of the repository can be built by itself`() async throws {
        let shop = try Workshop()
        let commit = try shop.push(["apps/api/page": "api\n", "page": "root\n"])
        let source = try shop.source { source in
            source.directory = "apps/api"
            source.commands = [["cp", "page", "copy"]]
        }
        let artifact = try await shop.build(try shop.order(source, commit)).built.artifact
        #expect(try shop.text("copy", in: artifact) == "api\n")
    }

    @Test func `a repository is released as it is, without what git needs`() async throws {
        let shop = try Workshop()
        let commit = try shop.push(["page": "root\n", "run": "#!/bin/sh\n"])
        let artifact = try await shop.build(try shop.order(try shop.source(), commit)).built.artifact
        #expect(try shop.text("page", in: artifact) == "root\n")
        #expect(try shop.text(".git/HEAD", in: artifact) == nil)
    }

    @Test func `a commit that no branch ends at is built, too`() async throws {
        let shop = try Workshop()
        let first = try shop.push(["page": "one\n"])
        try shop.push(["page": "two\n"])
        let source = try shop.source("\(first)")
        #expect(try await shop.builder.resolve(source, for: nil) == first)
        let artifact = try await shop.build(try shop.order(source, first)).built.artifact
        #expect(try shop.text("page", in: artifact) == "one\n")
        let gone = try GitCommit(parsing: String(repeating: "0123456789", count: 4))
        #expect(try await shop.failure(try shop.order(source, gone)).error == .noSuchCommit(gone))
        #expect(try shop.leftovers.isEmpty)
    }
}

@Suite struct `Builds are kept within limits` {
    @Test func `what takes too long is ended with all that it has started`() async throws {
        let shop = try Workshop()
        let commit = try shop.push(["page": "one\n"])
        let pid = shop.root + "/pid"
        let source = try shop.source { source in
            source.commands = [["sh", "-c", "setsid sh -c 'echo $$ > \(pid); sleep 300' & echo begun; sleep 300"]]
            source.timeout = .seconds(3)
        }
        let (error, _) = try await shop.failure(try shop.order(source, commit))
        guard case .timedOut(_, let limit, let tail) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(limit == .seconds(3))
        #expect(tail == ["begun"])
        let text = try String(contentsOfFile: pid, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(kill(try #require(Int32(text)), 0) != 0)
        #expect(try shop.leftovers.isEmpty)
    }

    @Test func `a build whose asker is gone is ended`() async throws {
        let shop = try Workshop()
        let commit = try shop.push(["page": "one\n"])
        let source = try shop.source { $0.commands = [["sh", "-c", "echo begun; sleep 300"]] }
        let order = try shop.order(source, commit)
        let (stream, feed) = AsyncStream.makeStream(of: Void.self)
        let task = Task { () -> SourceError? in
            do throws(SourceError) {
                _ = try await shop.builder.build(order, again: false) { if $0 == .output("begun") { feed.yield() } }
                return nil
            } catch {
                return error
            }
        }
        for await _ in stream { break }
        task.cancel()
        #expect(await task.value == .cancelled)
        #expect(try shop.leftovers.isEmpty)
        #expect(try shop.records == 0)
    }

    @Test func `neither the artifact nor the checkout may grow without end`() async throws {
        let shop = try Workshop()
        let commit = try shop.push(["page": "one\n"])
        var source = try shop.source { source in
            source.commands = [["sh", "-c", "mkdir out && head -c 3000000 /dev/urandom > out/big"]]
            source.output = "out"
            source.artifactBytesMax = 1 << 20
        }
        #expect(
            try await shop.failure(try shop.order(source, commit)).error == .artifactTooLarge(bytesMax: 1 << 20)
        )
        source.diskBytesMax = 1 << 20
        #expect(try await shop.failure(try shop.order(source, commit)).error == .diskUsed(bytesMax: 1 << 20))
        #expect(try shop.leftovers.isEmpty)
    }

    @Test func `what is not there, or leads out of the checkout, is no artifact`() async throws {
        let shop = try Workshop()
        let commit = try shop.push(["page": "one\n", "file": ""])
        func failure(_ change: (inout GitSource) -> Void) async throws -> SourceError {
            try await shop.failure(try shop.order(try shop.source("main", change), commit)).error
        }
        #expect(try await failure { $0.output = "dist" } == .noOutput("dist"))
        #expect(try await failure { $0.output = "file" } == .noOutput("file"))
        #expect(try await failure { $0.directory = "apps" } == .noDirectory("apps"))
        let link = try await failure { source in
            source.commands = [["ln", "-s", "/etc", "out"]]
            source.output = "out"
        }
        #expect(link == .outside("out"))
        let inside = try await failure { $0.commands = [["ln", "-s", "/etc/passwd", "passwd"]] }
        guard case .unfit = inside else {
            Issue.record("\(inside)")
            return
        }
        let missing = try await failure { $0.commands = [["no-such-program-of-any-host", "x"]] }
        guard case .notLaunched = missing else {
            Issue.record("\(missing)")
            return
        }
        #expect(try shop.records == 0)
    }

    @Test func `builds of one service come one after the other`() async throws {
        let shop = try Workshop()
        let first = try shop.push(["page": "one\n"])
        let second = try shop.push(["page": "two\n"])
        let log = shop.root + "/log"
        let source = try shop.source { source in
            source.commands = [["sh", "-c", "echo begin >> '\(log)'; sleep 0.5; echo end >> '\(log)'"]]
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for commit in [first, second, first] {
                group.addTask { _ = try await shop.build(try shop.order(source, commit)) }
            }
            try await group.waitForAll()
        }
        let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
        // The third found what the one of the same commit had made.
        #expect(lines == ["begin", "end", "begin", "end"])
    }

    @Test func `what a daemon that died has left is cleared away`() async throws {
        let shop = try Workshop()
        let left = shop.home + "/work/1-2-3/tree/deep"
        try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: true)
        chmod(shop.home + "/work/1-2-3/tree", 0o500)
        _ = try Workshop.open(shop.root)
        #expect(try shop.leftovers.isEmpty)
    }
}

@Suite struct `git is asked safely` {
    @Test func `a ref is found as a branch, as a tag, and as what an annotated tag leads to`() async throws {
        let shop = try Workshop()
        let first = try shop.push(["page": "one\n"])
        try shop.git(["tag", "v1"], in: shop.clone)
        try shop.git(["tag", "--annotate", "--message", "two", "v2"], in: shop.clone)
        try shop.git(["push", "--quiet", "origin", "v1", "v2"], in: shop.clone)
        let next = try shop.push(["page": "two\n"])
        func resolve(_ ref: String) async throws -> GitCommit {
            try await shop.builder.resolve(try shop.source(ref), for: nil)
        }
        #expect(try await resolve("main") == next)
        #expect(try await resolve("refs/heads/main") == next)
        #expect(try await resolve("v1") == first)
        #expect(try await resolve("v2") == first)
        #expect(try await resolve("refs/tags/v2") == first)
        let none = try GitRef(parsing: "ain")
        await #expect(throws: SourceError.noSuchRef(none)) { try await resolve("ain") }
        try shop.push([:], to: "v1")
        await #expect(throws: SourceError.ambiguousRef(try GitRef(parsing: "v1"))) { try await resolve("v1") }
        #expect(try await resolve("refs/tags/v1") == first)
        #expect(try shop.leftovers.isEmpty)
    }

    @Test func `a repository that is not there is said so`() async throws {
        let shop = try Workshop()
        var source = try shop.source()
        source.repository = try GitRepository(parsing: shop.root + "/none.git")
        do throws(SourceError) {
            _ = try await shop.builder.resolve(source, for: nil)
            Issue.record("it was found")
        } catch {
            guard case .unreachable(let reason) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(reason.contains("does not appear to be a git repository"))
        }
    }

    @Test func `neither hooks nor settings of the host have a say`() async throws {
        let shop = try Workshop()
        let commit = try shop.push(["page": "one\n"])
        // Both would be found by git's own rules.
        try Data("[core]\n\thooksPath = \(shop.root)/hooks\n".utf8).write(to: URL(filePath: shop.root + "/.gitconfig"))
        try FileManager.default.createDirectory(atPath: shop.root + "/hooks", withIntermediateDirectories: true)
        let hook = shop.root + "/hooks/post-checkout"
        try Data("#!/bin/sh\ntouch '\(shop.root)/ran'\n".utf8).write(to: URL(filePath: hook))
        chmod(hook, 0o755)
        let (builder, _) = try Workshop.open(shop.root, ["HOME": shop.root])
        _ = try await builder.build(try shop.order(try shop.source(), commit), again: false) { _ in }
        #expect(!FileManager.default.fileExists(atPath: shop.root + "/ran"))
    }

    @Test func `a key lies in a file of this user's only, and only while git runs`() async throws {
        let shop = try Workshop()
        let commit = try shop.push(["page": "one\n"])
        // Stands for ssh: tells what it was given, and runs the other side here.
        let ssh = shop.root + "/bin/ssh"
        try FileManager.default.createDirectory(atPath: shop.root + "/bin", withIntermediateDirectories: true)
        let script = """
            #!/bin/sh
            echo "$@" >> '\(shop.root)/ssh-arguments'
            key=$(echo "$@" | sed 's/.*IdentityFile="\\([^"]*\\)".*/\\1/')
            stat -c %a "$key" >> '\(shop.root)/ssh-mode'
            cat "$key" >> '\(shop.root)/ssh-key'
            for last; do :; done
            exec sh -c "$last"

            """
        try Data(script.utf8).write(to: URL(filePath: ssh))
        chmod(ssh, 0o755)
        let (builder, _) = try Workshop.open(shop.root, ["PATH": "\(shop.root)/bin:/usr/bin:/bin"])
        var source = try shop.source { source in
            source.commands = [["sh", "-c", "! grep -rq 'the key itself' .. "]]
        }
        source.repository = try GitRepository(parsing: "git@git.example.com:\(shop.bare)")
        let access = GitAccess.key(Secret("the key itself"))
        #expect(try await builder.resolve(source, for: access) == commit)
        let plain = try shop.order(source, commit)
        let order = BuildOrder(
            service: plain.service,
            environment: plain.environment,
            source: source,
            commit: commit,
            secrets: [:],
            secretsMark: "",
            access: access,
            mask: { $0 }
        )
        _ = try await builder.build(order, again: false) { _ in }
        let modes = Set(try String(contentsOfFile: shop.root + "/ssh-mode", encoding: .utf8).split(separator: "\n"))
        #expect(modes == ["600"])
        let keys = Set(try String(contentsOfFile: shop.root + "/ssh-key", encoding: .utf8).split(separator: "\n"))
        #expect(keys == ["the key itself"])
        let arguments = try String(contentsOfFile: shop.root + "/ssh-arguments", encoding: .utf8)
        #expect(arguments.contains("-o BatchMode=yes -o StrictHostKeyChecking=yes"))
        #expect(!arguments.contains("the key itself"))
        #expect(try shop.leftovers.isEmpty)
    }

    @Test func `a password is for its own server only`() throws {
        let shop = try Workshop()
        var source = try shop.source()
        source.repository = try GitRepository(parsing: "https://git.example.com:8443/acme/shop.git")
        let home = SourceHome(root: shop.home)
        let place = try home.makePlace()
        defer { place.remove() }
        let git = GitRun(
            tools: BuildTools(shim: "/none", environment: [:]),
            place: place,
            source: source,
            access: .password(username: "robot", Secret("hunter22"))
        )
        try git.prepare()
        let pairs = git.environment.map { $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false) }
        let variables = Dictionary(pairs.map { (String($0[0]), String($0[1])) }) { $1 }
        let own = try shop.git(
            ["credential", "fill"],
            in: shop.root,
            input: "protocol=https\nhost=git.example.com:8443\n\n",
            environment: variables
        )
        #expect(own.contains("username=robot\npassword=hunter22"))
        #expect(throws: Workshop.Failure.self) {
            try shop.git(
                ["credential", "fill"],
                in: shop.root,
                input: "protocol=https\nhost=other.example.com\n\n",
                environment: variables
            )
        }
        let settings = try String(contentsOfFile: place.gitConfiguration, encoding: .utf8)
        #expect(!settings.contains("hunter22"))
    }

    @Test(arguments: [
        (["fatal: Authentication failed for 'https://x/'"], "denied"),
        (["git@x: Permission denied (publickey).", "fatal: Could not read from remote repository."], "denied"),
        (["fatal: could not read Username for 'https://x': terminal prompts disabled"], "denied"),
        (
            [
                "No ED25519 host key is known for x and you have requested strict checking.",
                "Host key verification failed.",
            ], "unknownHost"
        ),
        (["fatal: unable to access 'https://x/': Could not resolve host: x"], "unreachable"),
    ])
    func `what git says is told apart`(lines: [String], kind: String) {
        #expect("\(GitWords.failure(lines))".hasPrefix(kind))
    }
}
