import Foundation
package import TealAPI

/// A tarball that releases are made from.
package struct LabArtifact: Hashable, Sendable {
    package let path: String
    package let hash: ArtifactHash
    package let lengthBytes: Int

    /// The sample service, with a file beside it that is no program (`notes.txt`); made once for each build of it.
    package static func sample(_ programs: LabPrograms) async throws -> LabArtifact {
        let facts = try FileManager.default.attributesOfItem(atPath: programs.sample)
        let stamp = (facts[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
        let store = "/tmp/teal-lab-\(getuid())"
        let path = "\(store)/sample-\(facts[.size] ?? 0)-\(Int(stamp)).tar"
        if !FileManager.default.fileExists(atPath: path) {
            let directory = "\(store)/making-\(getpid())-\(UInt32.random(in: 0 ... .max))"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: directory) }  // only rubbish is left otherwise
            try FileManager.default.copyItem(atPath: programs.sample, toPath: directory + "/teal-sample")
            try Data("no program\n".utf8).write(to: URL(fileURLWithPath: directory + "/notes.txt"))
            _ = try await Child.output(of: ["/bin/sh", "-c", "strip '\(directory)/teal-sample' || true"])
            let packed = directory + ".tar"
            _ = try await Child.output(of: [
                "/bin/tar", "--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "-C", directory,
                "-cf", packed, ".",
            ])
            guard rename(packed, path) == 0 else { throw LabFailure("\(path): \(String(cString: strerror(errno)))") }
        }
        return try await LabArtifact(path: path)
    }

    /// Hashes a tarball.
    package init(path: String) async throws {
        let text = try await Child.output(of: ["/usr/bin/sha256sum", path])
        guard let hash = ArtifactHash(parsing: text.prefix(64)),
            let length = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        else { throw LabFailure("\(path) cannot be hashed: \(text)") }
        self.path = path
        self.hash = hash
        lengthBytes = length
    }

    /// Its bytes, in pieces of 1 MiB.
    var pieces: AsyncThrowingStream<[UInt8], any Error> {
        let path = path
        return AsyncThrowingStream { continuation in
            // Ends with the file; its reader takes everything.
            Task.detached {
                do {
                    let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
                    while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty {
                        continuation.yield(Array(piece))
                    }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
        }
    }
}
