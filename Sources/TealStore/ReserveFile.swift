import Glibc

/// Space that is held back on a file system, to be freed when the disk is full so that a revert can be written down.
package final class ReserveFile: Sendable {
    /// Enough for the journal entries of many reverts.
    package static let bytes = 4 << 20

    private let path: String

    package init(path: String) { self.path = path }

    /// Takes the space if it is not taken yet; false when the disk has no room for it.
    @discardableResult
    package func hold() -> Bool {
        var facts = stat()
        if stat(path, &facts) == 0, Int(facts.st_size) == Self.bytes { return true }
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { return false }
        defer { close(file) }
        guard posix_fallocate(file, 0, off_t(Self.bytes)) == 0 else {
            unlink(path)
            return false
        }
        return true
    }

    /// Gives the space back; false when none was held.
    package func free() -> Bool { unlink(path) == 0 }
}
