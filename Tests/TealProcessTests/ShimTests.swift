import CTealSystem
import Glibc
import TealCore
import TealDriverKit
import TealShimWire
import TealTestSupport
import Testing

@testable import TealProcess

@Suite(.serialized)
struct `A shim` {
    @Test func `links no Foundation and no NIO`() throws {
        let bytes = try #require(try Files.read(Programs.shim, bytesMax: 256 << 20))
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(!text.contains("libFoundation") && !text.contains("$s10Foundation") && !text.contains("$s7NIOCore"))
    }

    @Test(.timeLimit(.minutes(1)))
    func `has at most 3 MB of memory of its own, and no secret in its arguments`() async throws {
        try await ProcessLab.with { lab in
            let steps = RuntimeSteps(lab: lab)
            let release = try await steps.release(
                "n=0; while [ $n -lt 20000 ]; do n=$((n+1)); echo $n; done; echo 'out ready'; exec sleep 1000"
            )
            let state = try await lab.runtime.start(steps.order(release, secrets: ["TOKEN": Secret("s3cret-value")]))
            try await eventually("it has written all") { try await steps.texts(state.id).contains("out ready") }
            let shim = try #require(try lab.record(state.id)?.shim)
            let status = try #require(try Files.text("/proc/\(shim.pid)/status"))
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") })
            let kibibytes = try #require(line.split(separator: " ").compactMap { Int($0) }.first)
            #expect(kibibytes <= 3 * 1024, "RssAnon \(kibibytes) KiB")
            for pid in [shim.pid] + ProcessTree.descendants(of: shim.pid).map(\.pid) {
                #expect(try Files.text("/proc/\(pid)/cmdline")?.contains("s3cret-value") == false)
            }
            let spec = lab.home.files(of: state.id).spec
            var info = stat()
            #expect(stat(spec, &info) == 0 && info.st_mode & 0o777 == 0o600)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `lives in a session of its own, apart from its process, and outside of the daemon's tree`() async throws {
        try await ProcessLab.with { lab in
            let state = try await RuntimeSteps(lab: lab).started("echo 'out ready'; exec sleep 1000")
            let record = try #require(try lab.record(state.id))
            let shim = try #require(ProcessEntry.read(record.shim.pid))
            let child = try #require(record.child.flatMap { ProcessEntry.read($0.pid) })
            #expect(shim.parent != getpid() && shim.session != getsid(0))
            #expect(child.session == child.pid && child.session != shim.session && child.parent == shim.pid)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `ends the whole tree of its process, what left the session too`() async throws {
        try await ProcessLab.with { lab in
            let steps = RuntimeSteps(lab: lab)
            let state = try await steps.started(
                "(setsid sh -c 'trap \"\" TERM; sleep 1000; sleep 1000' &) ; echo 'out ready'; exec sleep 1000"
            )
            try await eventually("all of it runs") { steps.processes().count >= 3 }
            try await lab.runtime.stop(state.id, policy: StopPolicy())
            #expect(steps.processes().isEmpty)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `counts the memory of the whole tree`() async throws {
        try await ProcessLab.with { lab in
            let steps = RuntimeSteps(lab: lab)
            // Each `tail` holds 50 MB, below the limit, as it waits for a reader that does not read.
            let one = "(head -c 50000000 /dev/zero | tail | sleep 1000) &"
            let release = try await steps.release("\(one) \(one) wait") { $0.resources.memoryBytesMax = 80 << 20 }
            let state = try await lab.runtime.start(steps.order(release))
            try await eventually("it is stopped") {
                try await lab.runtime.replica(state.id)?.phase == .exited(.init(code: 137, outOfMemory: true))
            }
            #expect(steps.processes().isEmpty)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `counts memory that its processes share once`() async throws {
        try await ProcessLab.with { lab in
            let steps = RuntimeSteps(lab: lab)
            // A shell with a large variable, and forks of it that share all of that.
            let script = """
                x=$(head -c 20000000 /dev/zero | tr '\\0' x); echo 'out grown'
                for n in 1 2 3 4 5 6 7 8; do (while :; do sleep 0.2; done) & done
                echo 'out ready'; while :; do sleep 0.2; done
                """
            let release = try await steps.release(script) { $0.resources.memoryBytesMax = 160 << 20 }
            let state = try await lab.runtime.start(steps.order(release))
            try await eventually("it is ready") { try await steps.texts(state.id).contains("out ready") }
            let shim = try #require(try lab.record(state.id)?.shim)
            try await eventually("it seems to have too much") {
                ProcessTree.descendants(of: shim.pid).reduce(0) { $0 + $1.residentBytes } > 160 << 20
            }
            // Longer than some looks at it.
            try await Task.sleep(for: .milliseconds(1_500))
            let now = try #require(try await lab.runtime.replica(state.id))
            #expect(now.isRunning && now.run == state.run)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `starts a replica again as active as it was told to be`() async throws {
        try await ProcessLab.with { lab in
            let steps = RuntimeSteps(lab: lab)
            let script =
                "trap 'echo told' USR1; echo \"active $TEAL_ACTIVE\"; echo 'out ready'; while :; do sleep 0.05; done"
            let state = try await steps.started(script)
            try await lab.runtime.setActivity(false, of: state.id, by: .signal("USR1"), within: .seconds(5))
            try await lab.runtime.setRestartPolicy(.unlessStopped, of: state.id)
            try await lab.killProcess(of: state.id)
            try await eventually("it runs again") { try await steps.texts(state.id).contains("active 0") }
            try await lab.runtime.setActivity(true, of: state.id, by: .signal("USR1"), within: .seconds(5))
            try await lab.killProcess(of: state.id)
            try await eventually("it runs once more") {
                try await steps.texts(state.id).filter { $0.hasPrefix("active") } == [
                    "active 1", "active 0", "active 1",
                ]
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `leaves nothing of a command beside its replica when nobody waits for it any more`() async throws {
        try await ProcessLab.with { lab in
            let steps = RuntimeSteps(lab: lab)
            let state = try await steps.started("echo 'out ready'; exec sleep 1000")
            // Cancelled below.
            let waiting = Task {
                let command = ["sh", "-c", "setsid sleep 1000 & sleep 1000"]
                return try await lab.runtime.execute(command, beside: state.id, within: .seconds(600))
            }
            try await eventually("the command runs") { steps.processes().count == 4 }
            waiting.cancel()
            await #expect(throws: RuntimeError.cancelled) { try await waiting.value }
            #expect(steps.processes().count == 1)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `passes on a home whose path is longer than a socket's address`() async throws {
        try await Fixture.with { fixture in
            let deep =
                try fixture.directory() + "/"
                + (0..<6).map { _ in String(repeating: "deep", count: 10) }.joined(separator: "/")
            try Files.makeDirectory(deep)
            try await ProcessLab.with(home: deep, fixture) { lab in
                let state = try await RuntimeSteps(lab: lab).started("echo 'out ready'; exec sleep 1000")
                try await lab.runtime.setRestartPolicy(.unlessStopped, of: state.id)
                #expect(try await lab.runtime.replica(state.id)?.restartPolicy == .unlessStopped)
                try await lab.runtime.stop(state.id, policy: StopPolicy())
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `refuses a version that it does not speak, and what comes before hello`() async throws {
        try await ProcessLab.with { lab in
            let state = try await RuntimeSteps(lab: lab).started("echo 'out ready'; exec sleep 1000")
            let deadline = Timestamp(nanoseconds: teal_boot_nanoseconds()) + .seconds(5)
            let stranger = try ShimClient(lab.home.files(of: state.id))
            #expect(throws: ShimClient.Failure.self) {
                try stranger.ask(WireLine("hello", ["least": "7", "most": "9"]), until: deadline, expecting: "hello")
            }
            let rude = try ShimClient(lab.home.files(of: state.id))
            #expect(throws: ShimClient.Failure.refused("hello comes first")) {
                try rude.ask(WireLine("stop"), until: deadline)
            }
            // A newer daemon, with words that this shim does not know.
            let newer = try ShimClient(lab.home.files(of: state.id))
            let hello = WireLine("hello", ["least": "1", "most": "2", "colour": "teal"])
            #expect(try newer.ask(hello, until: deadline, expecting: "hello")["version"] == "1")
            #expect(try await lab.runtime.replica(state.id)?.isRunning == true)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `rotates the log, and who follows misses no line`() async throws {
        try await ProcessLab.with { lab in
            let steps = RuntimeSteps(lab: lab)
            let filler = String(repeating: "x", count: 2000)
            // 14 MiB: one rotation at 10 MiB.
            let script =
                "echo 'out ready'; n=0; while [ $n -lt 7000 ]; do n=$((n+1)); echo $n \(filler); done; exec sleep 1000"
            let state = try await steps.start(script)
            var next = 1
            for try await line in lab.runtime.followLog(of: state.id, linesMax: 10_000) {
                guard let number = line.text.split(separator: " ").first.flatMap({ Int($0) }) else { continue }
                if number < next { continue }
                try #require(number == next)
                next += 1
                if number == 7000 { break }
            }
            let files = lab.home.files(of: state.id)
            #expect(Files.exists(files.log + ".1") && !Files.exists(files.log + ".2"))
            let tail = try await lab.runtime.logTail(of: state.id, linesMax: 3000)
            #expect(tail.count == 3000 && tail.last?.text.hasPrefix("7000 ") == true)
        }
    }
}

@Suite(.serialized, .enabled(if: getuid() == 0, "a small file system can be mounted by root alone"))
struct `A full disk` {
    @Test(.timeLimit(.minutes(1)))
    func `is said with its path, and does not keep a replica from being stopped`() async throws {
        try await Fixture.with { fixture in
            let mountPoint = try fixture.directory()
            try #require(mount("tmpfs", mountPoint, "tmpfs", 0, "size=1m") == 0)
            fixture.atEnd { umount2(mountPoint, Int32(MNT_DETACH)) }
            try await ProcessLab.with(home: mountPoint + "/home", fixture) { lab in
                let steps = RuntimeSteps(lab: lab)
                let release = try await steps.release("echo 'out ready'; exec sleep 1000")
                let running = try await lab.runtime.start(steps.order(release))
                let filler = try Descriptor(opening: mountPoint + "/filler", O_WRONLY | O_CREAT)
                while write(filler.raw, Array(repeating: UInt8(1), count: 4096), 4096) > 0 {}
                await #expect(throws: RuntimeError.self) { try await lab.runtime.start(steps.order(release, 1)) }
                do {
                    _ = try await lab.runtime.start(steps.order(release, 1))
                } catch let error as RuntimeError {
                    guard case .diskFull(let path) = error else { throw error }
                    #expect(path.hasPrefix(mountPoint))
                }
                try await lab.runtime.setRestartPolicy(.unlessStopped, of: running.id)
                #expect(try await lab.runtime.replica(running.id)?.restartPolicy == .unlessStopped)
                try await lab.runtime.stop(running.id, policy: StopPolicy())
                #expect(try await lab.runtime.replica(running.id)?.phase == .stopped)
                #expect(steps.processes().isEmpty)
            }
        }
    }
}
