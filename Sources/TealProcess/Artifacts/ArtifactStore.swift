import CTealSystem
import Glibc
import Synchronization
import TealCore
package import TealDriverKit
import TealShimWire

/// Keeps artifacts by the SHA-256 of their archive's bytes, and unpacks them for releases.
///
/// All calls block; ``ProcessRuntime`` makes them on threads of their own.
package struct ArtifactStore: Sendable {
    private static let counter = Atomic<UInt64>(0)
    private let home: ProcessHome

    init(_ home: ProcessHome) { self.home = home }

    /// The store below a runtime's home directory.
    package init(home: String) { self.init(ProcessHome(root: home)) }

    /// Whether an artifact is here; its bytes are not looked at.
    package func contains(_ sha256: String) -> Bool {
        ContentHash.isHash(sha256) && Files.exists(home.artifact(sha256))
    }

    /// How large an artifact's archive is; nil when it is not here.
    package func sizeBytes(_ sha256: String) -> Int? {
        var status = stat()
        return stat(home.artifact(sha256), &status) == 0 ? Int(status.st_size) : nil
    }

    /// Takes over an archive file that was handed over: `.tar` or `.tar.gz`.
    ///
    /// The file is gone afterwards.
    ///
    /// Succeeds at once, and removes the file, when the store has the artifact.
    ///
    /// - Throws: ``RuntimeError/contentDamaged(_:)`` when the bytes do not hash to `expectedHash`;
    ///   ``RuntimeError/diskFull(path:)``.
    package func adopt(tarFile: String, expectedHash: String) throws(RuntimeError) {
        try mapped { () throws(SystemError) in try Files.makeDirectory(home.artifacts) }
        guard ContentHash.isHash(expectedHash) else { throw .contentDamaged("'\(expectedHash)' is no SHA-256") }
        let found = try mapped { () throws(SystemError) in try ContentHash.ofFile(tarFile) }
        guard found == expectedHash else {
            throw .contentDamaged("the artifact hashes to \(found), not to \(expectedHash)")
        }
        if contains(expectedHash), (try? ContentHash.ofFile(home.artifact(expectedHash))) == expectedHash {
            unlink(tarFile)
            return
        }
        try mapped { () throws(SystemError) in try place(tarFile, expectedHash) }
    }

    /// Keeps a copy of a tarball.
    ///
    /// - Returns: Its hash.
    package func importTarball(_ path: String) throws(RuntimeError) -> String {
        let copy = try incoming()
        try mapped { () throws(SystemError) in try Self.copy(path, to: copy) }
        return try adopted(copy)
    }

    /// Packs a directory and keeps it.
    ///
    /// The same content gives the same hash, whoever owns it and whenever it was made.
    ///
    /// - Returns: Its hash.
    package func importDirectory(_ path: String) throws(RuntimeError) -> String {
        let archive = try incoming()
        try ArtifactPacker.pack(directory: path, to: archive)
        return try adopted(archive)
    }

    private func adopted(_ archive: String) throws(RuntimeError) -> String {
        defer { unlink(archive) }
        let hash = try mapped { () throws(SystemError) in try ContentHash.ofFile(archive) }
        try adopt(tarFile: archive, expectedHash: hash)
        return hash
    }

    private func incoming() throws(RuntimeError) -> String {
        try mapped { () throws(SystemError) in try Files.makeDirectory(home.incoming) }
        // Counted, not drawn: unique in this process, and the directory is emptied when the next one starts.
        return "\(home.incoming)/\(getpid())-\(Self.counter.add(1, ordering: .relaxed).newValue)"
    }

    private func place(_ file: String, _ hash: String) throws(SystemError) {
        let directory = "\(home.artifacts)/\(hash)"
        try Files.makeDirectory(directory)
        let target = home.artifact(hash)
        if rename(file, target) != 0 {
            guard errno == EXDEV else { throw SystemError.last("rename", on: target) }
            try Self.copy(file, to: target + ".new")
            guard rename(target + ".new", target) == 0 else { throw SystemError.last("rename", on: target) }
            unlink(file)
        }
        chmod(target, 0o400)
        let written = try Descriptor(opening: target, O_RDONLY)
        guard fsync(written.raw) == 0 else { throw SystemError.last("fsync", on: target) }
        try Files.syncDirectory(directory)
        try Files.syncDirectory(home.artifacts)
    }

    private static func copy(_ path: String, to target: String) throws(SystemError) {
        let reading = try Descriptor(opening: path, O_RDONLY)
        let writing = try Descriptor(opening: target, O_WRONLY | O_CREAT | O_TRUNC)
        do throws(SystemError) {
            while case let block = try reading.readSome(1 << 20, from: path), !block.isEmpty {
                try writing.writeAll(block, for: target)
            }
            guard fsync(writing.raw) == 0 else { throw SystemError.last("fsync", on: target) }
        } catch {
            unlink(target)
            throw error
        }
    }

    /// Reads an artifact through, as ``ProcessRuntime/fetch(_:)`` does to unpack it.
    ///
    /// - Throws: ``RuntimeError/contentDamaged(_:)`` when it could not be unpacked, for example for a link that leads out.
    package func check(_ sha256: String) throws(RuntimeError) {
        do throws(ArtifactError) {
            let stream = try ArchiveStream(home.artifact(sha256))
            var reader = TarReader(source: { count throws(ArtifactError) in try stream.read(count) })
            while try reader.next() != nil {}
        } catch {
            throw error.inRuntime
        }
    }

    // MARK: Releases

    /// Makes a release's content ready: checks the artifact and unpacks it, or compares what was unpacked before.
    ///
    /// What was compared once is sealed, and costs only a walk while its seal holds.
    func unpack(_ hash: String, for release: ReleaseID) throws(RuntimeError) {
        let archive = home.artifact(hash)
        guard contains(hash) else { throw .contentMissing(release) }
        let seal = home.seal(of: release)
        if ContentSeal.holds(seal, archive: archive, root: home.content(of: release)) { return }
        unlink(seal)
        try unpackChecked(hash, archive, for: release)
        // Without a seal the next fetch compares again.
        try? ContentSeal.write(seal, archive: archive, root: home.content(of: release))
    }

    private func unpackChecked(_ hash: String, _ archive: String, for release: ReleaseID) throws(RuntimeError) {
        let found = try mapped { () throws(SystemError) in try ContentHash.ofFile(archive) }
        guard found == hash else {
            throw .contentDamaged("the artifact \(hash) in the store hashes to \(found) now")
        }
        let target = home.content(of: release)
        if Files.exists(target) {
            if (try? TarUnpacker(archive: archive, root: target).verify()) != nil { return }
            // It is not what the archive holds: made again below, from what has just been proven whole.
        }
        let fresh = try incoming()
        do throws(ArtifactError) {
            try TarUnpacker(archive: archive, root: fresh).unpack()
        } catch {
            try? Files.removeTree(fresh)  // emptied at the next start in any case
            throw error.inRuntime
        }
        try mapped { () throws(SystemError) in
            try Files.makeDirectory(Files.parent(of: target))
            // A directory moves only when its own '..' may be written.
            chmod(fresh, 0o755)
            // What was there moves away whole and stays: something may run from it.
            let old = home.replaced(of: release, mark: "\(getpid())-\(teal_boot_nanoseconds())")
            try Files.makeDirectory(home.replaced)
            chmod(target, 0o755)
            guard rename(target, old) == 0 || errno == ENOENT else { throw SystemError.last("rename", on: target) }
            guard rename(fresh, target) == 0 else { throw SystemError.last("rename", on: target) }
            chmod(target, 0o555)
            try Files.syncDirectory(Files.parent(of: target))
        }
    }

    /// Removes content that was made anew, of releases that nothing runs from.
    ///
    /// - Returns: What was removed, for people.
    func removeReplaced(keeping kept: Set<ReleaseID>) throws(SystemError) -> [String] {
        var removed: [String] = []
        for name in try Files.names(in: home.replaced) {
            let release = ProcessHome.release(ofReplaced: name)
            if let release, kept.contains(release) { continue }
            try Files.removeTree("\(home.replaced)/\(name)")
            removed.append(release.map { "replaced content of \($0)" } ?? name)
        }
        return removed.sorted()
    }

    /// Keeps an artifact from being pruned for an hour, so that who asked for it can still name it in a release.
    ///
    /// - Returns: Whether it is here.
    package func claim(_ sha256: String) -> Bool {
        guard contains(sha256) else { return false }
        // Without a claim it is only pruned sooner.
        try? Files.replace(claimFile(sha256), with: [])
        return contains(sha256)
    }

    private func claimFile(_ sha256: String) -> String { home.artifact(sha256) + ".claim" }

    /// How long a claim holds, in seconds.
    private static let claimSeconds = 3600

    private func isClaimed(_ sha256: String) -> Bool {
        var status = stat()
        return stat(claimFile(sha256), &status) == 0 && time(nil) - status.st_mtim.tv_sec < Self.claimSeconds
    }

    /// Removes artifacts whose hash is neither in `kept` nor claimed.
    func prune(keeping kept: Set<String>) throws(SystemError) -> [String] {
        var removed: [String] = []
        for hash in try Files.names(in: home.artifacts) where ContentHash.isHash(hash) && !kept.contains(hash) {
            guard !isClaimed(hash) else { continue }
            unlink(claimFile(hash))
            try Files.removeTree("\(home.artifacts)/\(hash)")
            removed.append("artifact \(hash.prefix(12))")
        }
        return removed
    }
}
