import CTealSystem
import Glibc
import TealShimWire

/// Unpacks an archive read-only into a directory that nobody else can see yet, or compares one with the other.
struct TarUnpacker {
    /// The most that an artifact may unpack to, in bytes.
    static let bytesMax = 16 << 30

    let archive: String
    let root: String

    /// Unpacks into `root`, which must not be there.
    ///
    /// Directories become 0555, files 0444 or 0555.
    func unpack() throws(ArtifactError) {
        try forArtifact { () throws(SystemError) in try Files.makeDirectory(root) }
        var directories = [root]
        var total = 0
        let stream = try ArchiveStream(archive)
        var reader = TarReader(source: { count throws(ArtifactError) in try stream.read(count) })
        while let entry = try reader.next() {
            let path = location(entry.path)
            try makeParents(entry, &directories)
            switch entry.kind {
            case .directory:
                if !entry.path.isEmpty { try makeDirectory(path, &directories) }
            case .file(let bytes):
                // The reader lets no file pass that is larger than the whole may be.
                total += bytes
                guard total <= Self.bytesMax else { throw .archive(.tooLarge("more than \(Self.bytesMax) bytes")) }
                try writeFile(path, &reader, isExecutable: entry.isExecutable)
            case .symbolicLink(let target):
                guard symlink(target, path) == 0 else { throw failure("symlink", path) }
            case .hardLink(let target):
                try checkParents(target)
                guard isFile(location(target)) else { throw .archive(.inTheWay(target.joined(separator: "/"))) }
                guard link(location(target), path) == 0 else { throw failure("link", path) }
            }
        }
        for directory in directories.reversed() { chmod(directory, 0o555) }
        let top = try forArtifact { () throws(SystemError) in try Descriptor(opening: root, O_RDONLY | O_DIRECTORY) }
        try forArtifact { () throws(SystemError) in try checked(teal_sync_file_system(top.raw), "syncfs", on: root) }
    }

    /// Compares what was unpacked with the archive: every byte, every name, and who may read and execute what.
    func verify() throws(ArtifactError) {
        let stream = try ArchiveStream(archive)
        var reader = TarReader(source: { count throws(ArtifactError) in try stream.read(count) })
        var known: Set<String> = [root]
        while let entry = try reader.next() {
            let path = location(entry.path)
            for count in 1..<max(entry.path.count, 1) { known.insert(location(Array(entry.path.prefix(count)))) }
            known.insert(path)
            switch entry.kind {
            case .directory:
                guard mode(path) & S_IFMT == S_IFDIR else { throw .changed(path) }
            case .file:
                try compare(path, &reader)
                guard mode(path) & 0o7777 == Self.mode(isExecutable: entry.isExecutable) else { throw .changed(path) }
            case .symbolicLink(let target):
                guard Files.linkTarget(path) == target else { throw .changed(path) }
            case .hardLink(let target):
                // Then it has been compared already.
                guard isFile(path), node(path) == node(location(target)) else { throw .changed(path) }
            }
        }
        try verifyNames(known)
    }

    /// Finds what the archive does not hold, and directories that can be written to.
    private func verifyNames(_ known: Set<String>) throws(ArtifactError) {
        var open = [root]
        while let directory = open.popLast() {
            guard mode(directory) & 0o7777 == 0o555 else { throw .changed(directory) }
            let names = try forArtifact { () throws(SystemError) in try Files.names(in: directory) }
            for path in names.map({ "\(directory)/\($0)" }) {
                guard known.contains(path) else { throw .changed(path) }
                if mode(path) & S_IFMT == S_IFDIR { open.append(path) }
            }
        }
    }

    private static func mode(isExecutable: Bool) -> mode_t { isExecutable ? 0o555 : 0o444 }

    private func location(_ path: [String]) -> String { ([root] + path).joined(separator: "/") }

    /// Makes directories that the archive did not name, and refuses to go through anything else.
    private func makeParents(_ entry: TarEntry, _ directories: inout [String]) throws(ArtifactError) {
        for count in 1..<max(entry.path.count, 1) {
            try makeDirectory(location(Array(entry.path.prefix(count))), &directories)
        }
    }

    private func checkParents(_ path: [String]) throws(ArtifactError) {
        for count in 1..<max(path.count, 1) {
            guard mode(location(Array(path.prefix(count)))) & S_IFMT == S_IFDIR else {
                throw .archive(.inTheWay(path.joined(separator: "/")))
            }
        }
    }

    private func makeDirectory(_ path: String, _ directories: inout [String]) throws(ArtifactError) {
        if mkdir(path, 0o700) == 0 {
            directories.append(path)
        } else if errno != EEXIST {
            throw failure("mkdir", path)
        } else if mode(path) & S_IFMT != S_IFDIR {
            throw .archive(.inTheWay(String(path.dropFirst(root.count + 1))))
        }
    }

    private func writeFile(
        _ path: String,
        _ reader: inout TarReader,
        isExecutable: Bool
    ) throws(ArtifactError) {
        let opened = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard opened >= 0 else {
            if errno == EEXIST { throw .archive(.inTheWay(String(path.dropFirst(root.count + 1)))) }
            throw failure("open", path)
        }
        let file = Descriptor(owning: opened)
        while case let part = try reader.body(), !part.isEmpty {
            try forArtifact { () throws(SystemError) in try file.writeAll(part, for: path) }
        }
        guard fchmod(file.raw, Self.mode(isExecutable: isExecutable)) == 0 else { throw failure("fchmod", path) }
    }

    private func compare(_ path: String, _ reader: inout TarReader) throws(ArtifactError) {
        guard isFile(path), let file = try? Descriptor(opening: path, O_RDONLY | O_NOFOLLOW) else {
            throw .changed(path)
        }
        while case let part = try reader.body(), !part.isEmpty {
            var matched = 0
            while matched < part.count {
                let found = try forArtifact { () throws(SystemError) in
                    try file.readSome(part.count - matched, from: path)
                }
                guard !found.isEmpty, found[...] == part[matched..<(matched + found.count)] else {
                    throw .changed(path)
                }
                matched += found.count
            }
        }
        let rest = try forArtifact { () throws(SystemError) in try file.readSome(1, from: path) }
        guard rest.isEmpty else { throw .changed(path) }
    }

    private func mode(_ path: String) -> mode_t {
        var info = stat()
        return lstat(path, &info) == 0 ? info.st_mode : 0
    }

    private func node(_ path: String) -> ino_t? {
        var info = stat()
        return lstat(path, &info) == 0 ? info.st_ino : nil
    }

    private func isFile(_ path: String) -> Bool { mode(path) & S_IFMT == S_IFREG }

    private func failure(_ operation: String, _ path: String) -> ArtifactError {
        .system(SystemError.last(operation, on: path))
    }
}
