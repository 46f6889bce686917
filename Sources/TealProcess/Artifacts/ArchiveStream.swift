import CTealSystem
import Glibc
import TealShimWire

/// The bytes of an archive file, unpacked by `gzip` where the file is compressed.
final class ArchiveStream {
    private let path: String
    private let reading: Descriptor
    private var gzip: pid_t?

    init(_ path: String) throws(ArtifactError) {
        self.path = path
        let file = try forArtifact { () throws(SystemError) in try Descriptor(opening: path, O_RDONLY) }
        let magic = try forArtifact { () throws(SystemError) in try file.readSome(6, from: path) }
        lseek(file.raw, 0, SEEK_SET)
        switch Array(magic.prefix(4)) {
        case let start where start.starts(with: [0x1F, 0x8B]):
            (reading, gzip) = try Self.unpack(file)
        case [0x28, 0xB5, 0x2F, 0xFD]: throw .archive(.compressed("zstd"))
        case [0xFD, 0x37, 0x7A, 0x58]: throw .archive(.compressed("xz"))
        case let start where start.starts(with: Array("BZh".utf8)): throw .archive(.compressed("bzip2"))
        default: reading = file
        }
    }

    deinit {
        // Left before its end: nobody needs the rest.
        if let gzip {
            kill(gzip, SIGKILL)
            teal_wait_for(gzip)
        }
    }

    private static func unpack(_ file: Descriptor) throws(ArtifactError) -> (Descriptor, pid_t) {
        var ends: [Int32] = [-1, -1]
        try forArtifact { () throws(SystemError) in try checked(teal_pipe(&ends, true), "pipe2") }
        let (reading, writing) = (Descriptor(owning: ends[0]), Descriptor(owning: ends[1]))
        guard let program = ProgramLookup.inPath("gzip", ProgramLookup.standardPath) else {
            throw .system(SystemError("find", on: "gzip", code: ENOENT))
        }
        var spawn = Spawn(program: program, arguments: ["-dc"], environment: [], directory: nil)
        spawn.input = file.raw
        spawn.output = writing.raw
        do throws(SpawnError) {
            return (reading, try spawn.run())
        } catch {
            throw .system(SystemError("run", on: program, code: error.code))
        }
    }

    /// The next bytes; empty at the end.
    func read(_ count: Int) throws(ArtifactError) -> [UInt8] {
        let bytes = try forArtifact { () throws(SystemError) in try reading.readSome(count, from: path) }
        if bytes.isEmpty, let pid = gzip {
            gzip = nil
            guard teal_wait_for(pid) == 0 else { throw .notGzip }
        }
        return bytes
    }
}
