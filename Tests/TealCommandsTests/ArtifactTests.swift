import Foundation
import TealCore
import TealFakeDaemon
import Testing

@testable import TealCommands

@Suite struct `Artifacts are packed the same way every time` {
    private func make(_ root: String, reversed: Bool, mask: Int) throws {
        let files = FileManager.default
        let long = "d/" + String(repeating: "long-name-", count: 15) + "ü.txt"
        var names = ["b.txt", "a/run", "a/empty", long]
        if reversed { names.reverse() }
        try files.createDirectory(atPath: root + "/a", withIntermediateDirectories: true)
        try files.createDirectory(atPath: root + "/d", withIntermediateDirectories: true)
        try files.createDirectory(atPath: root + "/nothing", withIntermediateDirectories: true)
        for name in names {
            let content = name == "a/empty" ? Data() : Data(repeating: UInt8(name.utf8.count), count: 700_000)
            try content.write(to: URL(filePath: root + "/" + name))
            let mode = name == "a/run" ? 0o755 : 0o644
            try files.setAttributes([.posixPermissions: mode & ~mask], ofItemAtPath: root + "/" + name)
        }
        try files.createSymbolicLink(atPath: root + "/link", withDestinationPath: "a/run")
    }

    private func bytes(of archive: ArtifactArchive) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await piece in archive.pieces() { bytes += piece }
        return bytes
    }

    @Test func `whoever packs them, and when`() async throws {
        try await FakeHost.withDirectory { directory in
            try make(directory + "/one", reversed: false, mask: 0)
            try make(directory + "/two", reversed: true, mask: 0o077)
            let one = try ArtifactArchive(path: directory + "/one")
            let two = try ArtifactArchive(path: directory + "/two")
            #expect(one.hash == two.hash)
            #expect(try await bytes(of: one).count == one.lengthBytes)
            try Data("x".utf8).write(to: URL(filePath: directory + "/two/b.txt"))
            #expect(try ArtifactArchive(path: directory + "/two").hash != one.hash)
        }
    }

    @Test func `and any tar reads them`() async throws {
        try await FakeHost.withDirectory { directory in
            try make(directory + "/one", reversed: false, mask: 0)
            let archive = try ArtifactArchive(path: directory + "/one")
            let tarball = directory + "/one.tar"
            try Data(try await bytes(of: archive)).write(to: URL(filePath: tarball))
            try FileManager.default.createDirectory(atPath: directory + "/out", withIntermediateDirectories: true)
            #expect(try run("/bin/tar", "-xf", tarball, "-C", directory + "/out") == 0)
            #expect(try run("/usr/bin/diff", "-r", "--no-dereference", directory + "/one", directory + "/out") == 0)
            // The hash is that of the bytes.
            #expect(try ArtifactArchive(path: tarball).hash == archive.hash)
        }
    }

    @Test func `what cannot be handed over is named`() async throws {
        try await FakeHost.withDirectory { directory in
            try make(directory + "/one", reversed: false, mask: 0)
            #expect(mkfifo(directory + "/one/pipe", 0o600) == 0)
            #expect {
                try ArtifactArchive(path: directory + "/one")
            } throws: { error in
                (error as? Problem)?.description == """
                    error: nothing has been changed: the artifact cannot be read: it is a pipe [cli.artifact]
                      at:   \(directory)/one/pipe
                      next: Name in `.tealignore` what does not belong to it, or build it into a directory of its own
                    """
            }
            // What is left out may be anything.
            try Data("pipe\n".utf8).write(to: URL(filePath: directory + "/one/.tealignore"))
            _ = try ArtifactArchive(path: directory + "/one")
        }
    }

    private func refusal(_ directory: String) -> String? {
        do {
            _ = try ArtifactArchive(path: directory)
            return nil
        } catch {
            return error.description.replacing(directory, with: "D").split(separator: "\n").prefix(2).joined(
                separator: "\n"
            )
            .replacing("error: nothing has been changed: the artifact cannot be read: ", with: "")
        }
    }

    @Test(arguments: [
        ("/etc/passwd", true), ("../x", true), ("a/../../x", true), ("a/../b", true), ("../one/x", true),
        ("a/b", false), ("./a//b", false), ("nothing-there", false),
    ])
    func `links lead to places inside`(target: String, isRefused: Bool) async throws {
        try await FakeHost.withDirectory { directory in
            try Data("x".utf8).write(to: URL(filePath: directory + "/a"))
            try FileManager.default.createSymbolicLink(atPath: directory + "/link", withDestinationPath: target)
            let text = "it is a link to '\(target)', which is outside of the artifact [cli.artifact]\n  at:   D/link"
            #expect(refusal(directory) == (isRefused ? text : nil))
        }
    }

    @Test func `a link from a directory may lead up to the root`() async throws {
        try await FakeHost.withDirectory { directory in
            try FileManager.default.createDirectory(atPath: directory + "/d", withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(atPath: directory + "/d/up", withDestinationPath: "../x")
            #expect(refusal(directory) == nil)
            try FileManager.default.createSymbolicLink(atPath: directory + "/d/out", withDestinationPath: "../../x")
            #expect(refusal(directory)?.hasSuffix("D/d/out") == true)
        }
    }

    @Test func `huge files, even those that are nothing but a hole, are refused by name`() async throws {
        try await FakeHost.withDirectory { directory in
            for name in ["a", "b"] {
                try Data().write(to: URL(filePath: "\(directory)/\(name)"))
                #expect(truncate("\(directory)/\(name)", 3 << 30) == 0)
            }
            #expect(refusal(directory) == "its files are larger than 4.0 GiB together [cli.artifact]\n  at:   D")
            #expect(truncate("\(directory)/a", 5 << 30) == 0)
            #expect(refusal(directory) == "it is larger than 4.0 GiB [cli.artifact]\n  at:   D/a")
        }
    }

    @Test func `names that are no text and directories without end are refused`() async throws {
        try await FakeHost.withDirectory { directory in
            var name = Array((directory + "/b").utf8CString.dropLast())
            name += [CChar(bitPattern: 0xFF), 0]
            let file = open(name, O_CREAT | O_WRONLY, 0o600)
            #expect(file >= 0)
            close(file)
            #expect(refusal(directory) == "it has a file whose name is not UTF-8 text [cli.artifact]\n  at:   D")
            unlink(name)
            let deep = directory + String(repeating: "/d", count: 102)
            try FileManager.default.createDirectory(atPath: deep, withIntermediateDirectories: true)
            #expect(refusal(directory)?.hasPrefix("it is more than 100 directories deep") == true)
        }
    }

    @Test func `a file that becomes a link or a pipe meanwhile is not read`() async throws {
        for becomesPipe in [true, false] {
            try await FakeHost.withDirectory { directory in
                try make(directory + "/one", reversed: false, mask: 0)
                let archive = try ArtifactArchive(path: directory + "/one")
                try FileManager.default.removeItem(atPath: directory + "/one/b.txt")
                if becomesPipe {
                    #expect(mkfifo(directory + "/one/b.txt", 0o600) == 0)
                } else {
                    let other = directory + "/one/a/run"
                    try FileManager.default.createSymbolicLink(
                        atPath: directory + "/one/b.txt",
                        withDestinationPath: other
                    )
                }
                await #expect {
                    try await bytes(of: archive)
                } throws: { error in
                    (error as? Problem)?.summary.contains("it changed while it was read") == true
                }
            }
        }
    }

    @Test func `a file that changes meanwhile is noticed`() async throws {
        try await FakeHost.withDirectory { directory in
            try make(directory + "/one", reversed: false, mask: 0)
            let archive = try ArtifactArchive(path: directory + "/one")
            try Data("short".utf8).write(to: URL(filePath: directory + "/one/b.txt"))
            await #expect {
                try await bytes(of: archive)
            } throws: { error in
                (error as? Problem)?.summary.contains("it changed while it was read") == true
            }
        }
    }

    private func run(_ program: String, _ arguments: String...) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}

@Suite struct `The checkout's commit` {
    @Test func `is found from below, packed or not`() async throws {
        try await FakeHost.withDirectory { directory in
            let hash = String(repeating: "0123456789", count: 4)
            let git = directory + "/.git"
            try FileManager.default.createDirectory(atPath: git + "/refs/heads", withIntermediateDirectories: true)
            try FileManager.default.createDirectory(atPath: directory + "/a/b", withIntermediateDirectories: true)
            try Data("ref: refs/heads/main\n".utf8).write(to: URL(filePath: git + "/HEAD"))
            #expect(GitCheckout.commit(of: directory + "/a/b") == nil)
            try Data("# pack-refs\n\(hash) refs/heads/main\n".utf8).write(to: URL(filePath: git + "/packed-refs"))
            #expect(GitCheckout.commit(of: directory + "/a/b") == hash)
            let newer = String(repeating: "a", count: 40)
            try Data("\(newer)\n".utf8).write(to: URL(filePath: git + "/refs/heads/main"))
            #expect(GitCheckout.commit(of: directory) == newer)
            try Data("\(hash)\n".utf8).write(to: URL(filePath: git + "/HEAD"))
            #expect(GitCheckout.commit(of: directory) == hash)
        }
    }
}

@Suite struct `The project's name` {
    @Test(arguments: [("project: shop\n", "shop"), ("# x\nproject: \"shop\"  # y\n", "shop"), ("services: {}\n", nil)])
    func `is read even from a file that is not fit`(text: String, name: String?) async throws {
        try await FakeHost.withDirectory { directory in
            try Data((text + "broken: [\n").utf8).write(to: URL(filePath: directory + "/teal.yml"))
            #expect(try ProjectFile.projectName(path: directory + "/teal.yml")?.description == name)
        }
    }
}
