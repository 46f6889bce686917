import Crypto
import Glibc
import TealCore
import TealDriverKit

/// Keeps copies of the files that written containers see, below a home that only its own user looks into.
///
/// A configuration's copy is named by what it says and is never changed, so that a rollback finds the one that it had. A
/// secret's copy belongs to one place, is written anew at each start, and goes with the place; its name says nothing of it.
struct FileShelf: Sendable {
    let home: DockerHome

    private var configurations: String { "\(home.root)/files" }
    private var secrets: String { "\(home.root)/secret-files" }

    /// Makes the copies for one place, or one run.
    ///
    /// - Parameters:
    ///   - files: What the container sees.
    ///   - project: Whose it is.
    ///   - place: A name for the place or the run, which is a path's part.
    ///   - values: The secrets' values, by name.
    /// - Returns: Where each copy is, by the path in the container.
    /// - Throws: ``RuntimeError/refused(_:)`` for one that is too long, or whose owner only root could set.
    func put(
        _ files: [WrittenFile],
        of project: ProjectName,
        in place: String,
        _ values: [String: Secret]
    ) throws(RuntimeError) -> [String: String] {
        var paths: [String: String] = [:]
        for (number, file) in files.enumerated() {
            let bytes: [UInt8]
            let path: String
            switch file.content {
            case .text(let text): (bytes, path) = (Array(text.utf8), self.path(of: file, Array(text.utf8), project))
            case .bytes(let content): (bytes, path) = (content, self.path(of: file, content, project))
            case .secret(let name):
                guard let value = values[name] else { throw .refused("there is no value for the secret \(name)") }
                bytes = Array(value.reveal().utf8)
                path = "\(secrets)/\(project)/\(place)/\(number)"
            }
            guard bytes.count <= WrittenFile.bytesMax else {
                throw .refused("\(file.target) has more than \(WrittenFile.bytesMax >> 20) MiB")
            }
            if file.secret != nil || !home.isThere(path) { try write(bytes, to: path, file) }
            paths[file.target] = path
        }
        return paths
    }

    /// Takes the copies of a place's, or a run's, secrets away.
    func forgetSecrets(of project: ProjectName, in place: String) {
        let directory = "\(secrets)/\(project)/\(place)"
        for name in DurableFile.names(in: directory) { unlink("\(directory)/\(name)") }
        rmdir(directory)
    }

    /// Every place, or run, that has copies of secrets.
    func secretPlaces() -> [(project: ProjectName, place: String)] {
        DurableFile.names(in: secrets).flatMap { name -> [(project: ProjectName, place: String)] in
            guard let project = try? ProjectName(parsing: name) else { return [] }
            return DurableFile.names(in: "\(secrets)/\(name)").map { (project, $0) }
        }
    }

    /// Takes the configurations of a project away that none of these files is.
    func prune(_ project: ProjectName, keeping files: [WrittenFile]) {
        let kept = Set(
            files.compactMap { file -> String? in
                switch file.content {
                case .text(let text): path(of: file, Array(text.utf8), project)
                case .bytes(let bytes): path(of: file, bytes, project)
                case .secret: nil
                }
            }
        )
        let directory = "\(configurations)/\(project)"
        for name in DurableFile.names(in: directory) where !kept.contains("\(directory)/\(name)") {
            unlink("\(directory)/\(name)")
        }
    }

    private func path(of file: WrittenFile, _ bytes: [UInt8], _ project: ProjectName) -> String {
        let owner = "\(file.owner ?? 0)-\(file.group ?? 0)-\(String(file.mode, radix: 8))"
        return "\(configurations)/\(project)/\(ShortHash.of(bytes))-\(owner)"
    }

    /// Writes a copy whole or not at all, with its owner and its mode.
    private func write(_ bytes: [UInt8], to path: String, _ file: WrittenFile) throws(RuntimeError) {
        let copy = DurableFile(path: path)
        do throws(DurableFile.Failure) {
            try DurableFile.makeDirectory(DurableFile.parent(of: path))
            try copy.replace(with: bytes) { descriptor in
                let isOwn = (file.owner ?? 0, file.group ?? 0) == (Int(geteuid()), Int(getegid()))
                guard
                    isOwn || (file.owner == nil && file.group == nil)
                        || fchown(descriptor, uid_t(file.owner ?? 0), gid_t(file.group ?? 0)) == 0
                else { return false }
                return fchmod(descriptor, mode_t(file.mode)) == 0
            }
        } catch {
            if error.isDiskFull { throw .diskFull(path: path) }
            guard error.code == EPERM else { throw .refused(error.reason) }
            throw .refused(
                """
                \(file.target) is to belong to \(file.owner ?? 0):\(file.group ?? 0), which only root can give; leave \
                `uid` and `gid` out, or run the daemon as root
                """
            )
        }
    }
}

extension DockerHome {
    func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
