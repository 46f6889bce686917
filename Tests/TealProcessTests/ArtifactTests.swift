import Glibc
import TealCore
import TealDriverKit
import TealShimWire
import TealTestSupport
import Testing

@testable import TealProcess

struct `Artifacts` {
    private func tree(_ fixture: Fixture) throws -> String {
        let root = try fixture.directory()
        try Files.makeDirectory(root + "/bin/deep", mode: 0o755)
        try Files.replace(root + "/bin/run", with: Array("#!/bin/sh\n".utf8), mode: 0o755)
        try Files.replace(root + "/bin/deep/data", with: [UInt8](repeating: 7, count: 1_500_000), mode: 0o600)
        let long = String(repeating: "long-name-", count: 15)
        try Files.replace(root + "/" + long, with: Array("x".utf8), mode: 0o644)
        symlink("../bin/run", root + "/bin/link")
        symlink("bin/run", root + "/top")
        return root
    }

    private func store(_ fixture: Fixture) throws -> (ArtifactStore, ProcessHome) {
        let home = ProcessHome(root: try fixture.directory())
        try home.prepare()
        return (ArtifactStore(home), home)
    }

    private let id = ReleaseID(service: ProcessLab.key, number: 1)

    @Test func `the same content has the same hash, whoever owns it and whenever it was made`() async throws {
        try await Fixture.with { fixture in
            let (store, _) = try store(fixture)
            let first = try tree(fixture)
            let second = try tree(fixture)
            var times = [timespec(tv_sec: 5, tv_nsec: 0), timespec(tv_sec: 5, tv_nsec: 0)]
            utimensat(AT_FDCWD, second + "/bin/run", &times, 0)
            #expect(try store.importDirectory(first) == store.importDirectory(second))
        }
    }

    @Test(arguments: ["tar", "tar.gz"])
    func `an artifact is unpacked read-only and whole`(kind: String) async throws {
        try await Fixture.with { fixture in
            let (store, home) = try store(fixture)
            let source = try tree(fixture)
            let archive = try fixture.directory() + "/a." + kind
            let pack = kind == "tar" ? "--create" : "--create --gzip"
            system("tar \(pack) --format=pax --file=\(archive) --directory=\(source) .")
            let hash = try store.importTarball(archive)
            try store.unpack(hash, for: id)
            let root = home.content(of: id)
            #expect(try Files.read(root + "/bin/deep/data")?.count == 1_500_000)
            #expect(Files.linkTarget(root + "/bin/link") == "../bin/run")
            #expect(mode(root) == 0o555 && mode(root + "/bin/deep") == 0o555)
            #expect(mode(root + "/bin/run") == 0o555 && mode(root + "/bin/deep/data") == 0o444)
            try store.unpack(hash, for: id)
        }
    }

    @Test func `bytes that do not hash to their name are refused`() async throws {
        try await Fixture.with { fixture in
            let (store, _) = try store(fixture)
            let file = try fixture.directory() + "/a.tar"
            try Files.replace(file, with: [1, 2, 3])
            let wrong = String(repeating: "0", count: 64)
            #expect(throws: RuntimeError.self) { try store.adopt(tarFile: file, expectedHash: wrong) }
            #expect(!store.contains(wrong))
            #expect(throws: RuntimeError.self) { try store.adopt(tarFile: file, expectedHash: "../../etc") }
        }
    }

    @Test func `what was changed after it was unpacked is made again`() async throws {
        try await Fixture.with { fixture in
            let (store, home) = try store(fixture)
            let hash = try store.importDirectory(tree(fixture))
            try store.unpack(hash, for: id)
            let changed = home.content(of: id) + "/bin/run"
            chmod(changed, 0o644)
            try Files.overwrite(changed, with: Array("#!/bin/no\n".utf8))
            try store.unpack(hash, for: id)
            #expect(try Files.text(changed) == "#!/bin/sh\n")
        }
    }

    /// What may be done to an unpacked tree without touching a byte of what the archive holds.
    enum Change: CaseIterable {
        case added, addedDeep, linked, executable, notExecutable, writable, directory, unlinked
    }

    private func make(_ change: Change, in root: String) throws {
        for directory in [root, root + "/bin", root + "/bin/deep"] { chmod(directory, 0o755) }
        let run = root + "/bin/run"
        switch change {
        case .added: try Files.replace(root + "/added", with: [1])
        case .addedDeep: try Files.makeDirectory(root + "/bin/deep/new/newer", mode: 0o555)
        case .linked: symlink("bin", root + "/another")
        case .executable: chmod(root + "/bin/deep/data", 0o555)
        case .notExecutable: chmod(run, 0o444)
        case .writable: chmod(run, 0o755)
        case .directory: break
        case .unlinked: unlink(run)
        }
        guard change != .directory else { return }
        for directory in [root, root + "/bin", root + "/bin/deep"] { chmod(directory, 0o555) }
    }

    @Test(arguments: Change.allCases)
    func `what was added, or changed its mode, is made again`(change: Change) async throws {
        try await Fixture.with { fixture in
            let (store, home) = try store(fixture)
            let hash = try store.importDirectory(tree(fixture))
            try store.unpack(hash, for: id)
            let root = home.content(of: id)
            try TarUnpacker(archive: home.artifact(hash), root: root).verify()
            try make(change, in: root)
            #expect(throws: ArtifactError.self) { try TarUnpacker(archive: home.artifact(hash), root: root).verify() }
            try store.unpack(hash, for: id)
            try TarUnpacker(archive: home.artifact(hash), root: root).verify()
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `content that is made again stays where it is for what runs from it`() async throws {
        try await ProcessLab.with { lab in
            let steps = RuntimeSteps(lab: lab)
            let script = "echo 'out ready'; trap 'cat data/number; echo; echo read' USR1; while :; do sleep 0.05; done"
            let release = try await steps.release(script)
            let state = try await lab.runtime.start(steps.order(release))
            try await eventually("it is ready") { try await steps.texts(state.id).contains("out ready") }
            let root = lab.home.content(of: release.id)
            chmod(root, 0o755)
            try Files.replace(root + "/added", with: [1])
            try await lab.runtime.fetch(release)
            #expect(!Files.exists(root + "/added"))
            // Neither a prune nor another daemon takes it away.
            _ = try await lab.runtime.prune(keeping: [])
            let next = try await lab.reattached()
            try await next.setActivity(true, of: state.id, by: .signal("USR1"), within: .seconds(5))
            try await eventually("it has read") { try await steps.texts(state.id).contains("read") }
            #expect(try await steps.texts(state.id).contains("1"))
            #expect(try Files.names(in: lab.home.replaced).count == 1)
            try await next.remove(state.id)
            let removed = try await next.prune(keeping: [release])
            #expect(removed == ["replaced content of app@1"])
            #expect(try Files.names(in: lab.home.replaced).isEmpty)
        }
    }

    @Test func `an archive that is cut short is damaged, and leaves nothing behind`() async throws {
        try await Fixture.with { fixture in
            let (store, home) = try store(fixture)
            let whole = try store.importDirectory(tree(fixture))
            let bytes = try #require(try Files.read(home.artifact(whole)))
            let file = try fixture.directory() + "/cut.tar"
            try Files.replace(file, with: Array(bytes.prefix(100_000)))
            let hash = try store.importTarball(file)
            #expect(throws: RuntimeError.contentDamaged("the archive is cut short")) { try store.unpack(hash, for: id) }
            #expect(!Files.exists(home.content(of: id)))
            #expect(try Files.names(in: home.incoming).isEmpty)
        }
    }

    private func mode(_ path: String) -> mode_t {
        var info = stat()
        return stat(path, &info) == 0 ? info.st_mode & 0o777 : 0
    }
}

struct `Hostile archives` {
    /// One entry that leads outside, or may, or is no file.
    private static let bad: [(String, [TarBytes.Entry])] = [
        ("an absolute path", [.file("/etc/passwd")]),
        ("a path with ..", [.file("a/../../b")]),
        ("an absolute link", [.link("l", to: "/etc")]),
        ("a link upwards", [.link("d/l", to: "../../x")]),
        ("a link at the top upwards", [.link("l", to: "..")]),
        ("a link that goes down and up", [.link("l", to: "a/../../b")]),
        ("a file through a link", [.directory("d"), .link("l", to: "d"), .file("l/x")]),
        ("a file in place of a link", [.file("x"), .link("l", to: "x"), .file("l")]),
        ("a hard link through a link", [.directory("d"), .file("d/x"), .link("l", to: "d"), .hard("h", to: "l/x")]),
        ("a hard link outside", [.hard("h", to: "../../etc/passwd")]),
        ("a hard link to a link", [.link("l", to: "x"), .hard("h", to: "l")]),
        ("a character device", [.init(name: "c", type: "3")]),
        ("a block device", [.init(name: "b", type: "4")]),
        ("a named pipe", [.init(name: "p", type: "6")]),
        ("a long name that leads outside", [.init(name: "L", type: "L", body: Array("../x".utf8)), .file("short")]),
        (
            "an extended path that leads outside",
            [
                .init(name: "x", type: "x", body: Array("14 path=../xy\n".utf8)), .file("short"),
            ]
        ),
    ]

    @Test(arguments: bad.indices)
    func `nothing leaves the release's directory`(index: Int) async throws {
        try await Fixture.with { fixture in
            let (what, entries) = Self.bad[index]
            let file = try fixture.directory() + "/a.tar"
            try Files.replace(file, with: TarBytes.archive(entries))
            let outside = try fixture.directory()
            let unpacker = TarUnpacker(archive: file, root: outside + "/a/b/root")
            #expect(throws: ArtifactError.self, "\(what)") { try unpacker.unpack() }
            #expect(!Files.exists(outside + "/a/b/x") && !Files.exists(outside + "/a/x"))
        }
    }

    @Test(arguments: UInt64(0)..<200)
    func `an archive with changed bytes is refused or unpacked inside, and never crashes`(seed: UInt64) async throws {
        try await Fixture.with { fixture in
            var random = SeededGenerator(seed: seed)
            var bytes = TarBytes.archive([.directory("d"), .file("d/x"), .link("l", to: "d/x"), .hard("h", to: "d/x")])
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            // As a hand that means harm would: with the right sums.
            if Bool.random(using: &random) { TarBytes.repairSums(&bytes) }
            let file = try fixture.directory() + "/a.tar"
            try Files.replace(file, with: bytes)
            let outside = try fixture.directory()
            try? TarUnpacker(archive: file, root: outside + "/root").unpack()  // either is right
            #expect(Set(try Files.names(in: outside)).subtracting(["root"]).isEmpty, "seed \(seed)")
        }
    }
}
