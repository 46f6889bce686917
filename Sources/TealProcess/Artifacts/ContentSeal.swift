import Glibc
import TealShimWire

/// Says, without reading any content, that what was unpacked is still as it was made.
///
/// It is written beside the tree once the tree has been proven, and covers each entry's place, kind, size, inode and
/// times. A change time (`st_ctim`, stat(2)) moves with every write, rename and change of mode and cannot be set back, so
/// a tree whose seal holds needs no second comparison with its archive; a rollback then costs a walk, not a read.
enum ContentSeal {
    /// Trees with more entries are compared with their archive each time.
    private static let entriesMax = 200_000

    /// Seals a tree and its archive.
    static func write(_ path: String, archive: String, root: String) throws(SystemError) {
        guard let text = facts(archive: archive, root: root) else { return }
        try Files.replace(path, with: Array(text.utf8))
    }

    /// Whether the seal is there and still holds.
    static func holds(_ path: String, archive: String, root: String) -> Bool {
        // A seal that cannot be read does not hold.
        guard let sealed = try? Files.text(path), let now = facts(archive: archive, root: root) else { return false }
        return sealed == now
    }

    private static func facts(archive: String, root: String) -> String? {
        // Its times change whenever it is asked for; once unpacked, the tree is what counts.
        var whole = stat()
        guard stat(archive, &whole) == 0 else { return nil }
        var lines = ["archive \(whole.st_size) \(whole.st_ino)"]
        var open = [""]
        while let directory = open.popLast() {
            guard let names = try? Files.names(in: root + directory) else { return nil }
            for name in names.sorted() {
                let place = directory + "/" + name
                var status = stat()
                guard lstat(root + place, &status) == 0, lines.count < entriesMax else { return nil }
                lines.append(line(root + place, name: place))
                if status.st_mode & S_IFMT == S_IFDIR { open.append(place) }
            }
        }
        return ContentHash.of(Array(lines.joined(separator: "\n").utf8)) + "\n"
    }

    private static func line(_ path: String, name: String) -> String {
        var status = stat()
        guard lstat(path, &status) == 0 else { return "\(name) is gone" }
        return
            "\(name) \(status.st_mode) \(status.st_size) \(status.st_ino) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
            + " \(status.st_ctim.tv_sec).\(status.st_ctim.tv_nsec)"
    }
}
