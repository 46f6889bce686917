import Glibc

/// Follows a log that grows, is renamed away or is emptied.
struct LogReader {
    /// The most that one look takes in, in bytes; the rest waits for the next.
    static let lookBytesMax = 32 << 20
    /// A backlog beyond this is skipped, in bytes.
    static let backlogBytesMax = 256 << 20
    /// How many looks a file that was renamed away is still read: workers write to it until they are told.
    static let looksAfter = 50

    private struct Followed {
        let descriptor: LogDescriptor
        var offset: off_t
        /// The beginning of a line whose end has not been written yet.
        var rest: [UInt8] = []
        /// Whether a line is being dropped because it is too long.
        var isDropping = false
        var looksLeft = LogReader.looksAfter
    }

    private let path: String
    private var current: Followed?
    private var former: Followed?

    /// How much was never read, in bytes.
    private(set) var skippedBytes: UInt64 = 0

    /// Begins at the end of what is there: earlier lines are of another time.
    init(path: String) {
        self.path = path
        current = Self.open(path, atEnd: true)
    }

    /// What has been written since the last look, in whole lines.
    ///
    /// - Parameters:
    ///   - lineBytesMax: Longer lines are left out.
    ///   - take: Is given each line, without its end.
    mutating func look(lineBytesMax: Int, _ take: (ArraySlice<UInt8>) -> Void) {
        var budget = Self.lookBytesMax
        if var followed = former {
            read(&followed, &budget, lineBytesMax, take)
            followed.looksLeft -= 1
            former = followed.looksLeft > 0 ? followed : nil
        }
        if var followed = current {
            read(&followed, &budget, lineBytesMax, take)
            current = followed
        }
        guard Self.isElsewhere(current, than: path) else { return }
        // The former is read for a while; one before that has had its time.
        former = current
        current = Self.open(path, atEnd: false)
        if var followed = current {
            read(&followed, &budget, lineBytesMax, take)
            current = followed
        }
    }

    /// Empties the file once all of it has been read and it has grown beyond `bytesMax`.
    ///
    /// What nginx appends next begins it anew. A line that is written in between is lost to the counts.
    mutating func emptyIfLarge(bytesMax: Int) {
        guard var followed = current, followed.offset > bytesMax, followed.descriptor.size == followed.offset,
            truncate(path, 0) == 0
        else { return }
        followed.offset = 0
        followed.rest = []
        current = followed
    }

    private mutating func read(
        _ followed: inout Followed,
        _ budget: inout Int,
        _ lineBytesMax: Int,
        _ take: (ArraySlice<UInt8>) -> Void
    ) {
        let size = followed.descriptor.size
        if size < followed.offset {
            followed.offset = 0
            followed.rest = []
        }
        if size - followed.offset > Self.backlogBytesMax {
            let jump = size - off_t(Self.backlogBytesMax)
            skippedBytes += UInt64(jump - followed.offset)
            followed.offset = jump
            followed.rest = []
            followed.isDropping = true
        }
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while budget > 0 {
            let count = pread(followed.descriptor.number, &buffer, min(buffer.count, budget), followed.offset)
            guard count > 0 else { return }
            budget -= count
            followed.offset += off_t(count)
            split(buffer[..<count], &followed, lineBytesMax, take)
        }
    }

    private func split(
        _ bytes: ArraySlice<UInt8>,
        _ followed: inout Followed,
        _ lineBytesMax: Int,
        _ take: (ArraySlice<UInt8>) -> Void
    ) {
        var bytes = bytes
        while let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
            let part = bytes[..<end]
            bytes = bytes[(end + 1)...]
            defer {
                followed.rest = []
                followed.isDropping = false
            }
            if followed.isDropping { continue }
            if followed.rest.isEmpty { take(part) } else { take((followed.rest + part)[...]) }
        }
        if followed.isDropping { return }
        followed.rest += bytes
        if followed.rest.count > lineBytesMax {
            followed.rest = []
            followed.isDropping = true
        }
    }

    private static func isElsewhere(_ followed: Followed?, than path: String) -> Bool {
        var facts = stat()
        // While there is no file by that name, the one that was renamed away goes on.
        guard stat(path, &facts) == 0 else { return false }
        guard let followed else { return true }
        return facts.st_ino != followed.descriptor.inode || facts.st_dev != followed.descriptor.device
    }

    private static func open(_ path: String, atEnd: Bool) -> Followed? {
        guard let descriptor = LogDescriptor(path: path) else { return nil }
        return Followed(descriptor: descriptor, offset: atEnd ? descriptor.size : 0)
    }
}

/// An open file that is closed with its last reference.
private final class LogDescriptor: Sendable {
    let number: CInt
    let inode: ino_t
    let device: dev_t

    init?(path: String) {
        number = open(path, O_RDONLY | O_CLOEXEC)
        var facts = stat()
        guard number >= 0 else { return nil }
        guard fstat(number, &facts) == 0 else {
            close(number)
            return nil
        }
        inode = facts.st_ino
        device = facts.st_dev
    }

    deinit { close(number) }

    var size: off_t {
        var facts = stat()
        return fstat(number, &facts) == 0 ? facts.st_size : 0
    }
}
