#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What passes through a command as it is: the bytes that another program reads and writes.
package struct RawStreams: Sendable {
    /// The next piece of the input, asked by one task at a time; nil at its end.
    package let read: @Sendable () async -> [UInt8]?
    package let write: @Sendable (Console.Stream, [UInt8]) -> Void

    package init(
        read: @escaping @Sendable () async -> [UInt8]?,
        write: @escaping @Sendable (Console.Stream, [UInt8]) -> Void
    ) {
        self.read = read
        self.write = write
    }

    /// How much is read at once, in bytes.
    private static let pieceBytesMax = 64 << 10

    /// The process's own; what a terminal shows is made harmless first.
    static func ofProcess(_ terminal: Terminal) -> Self {
        Self(
            read: { await Self.piece() },
            write: { stream, bytes in
                let isShown = stream == .output ? terminal.showsOutput : terminal.showsErrors
                let text =
                    isShown
                    ? ControlText.shown(String(decoding: bytes, as: UTF8.self), colours: terminal.wantsColour) : nil
                Console.write(text.map { Array($0.utf8) } ?? bytes, to: stream == .output ? 1 : 2)
            }
        )
    }

    private static func piece() async -> [UInt8]? {
        while !Task.isCancelled {
            var input = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
            let ready = poll(&input, 1, 0)
            if ready == 0 || ready < 0 && errno == EINTR {
                // The thread stays free while nothing comes; cancellation is seen by the loop.
                try? await Task.sleep(for: .milliseconds(10))
                continue
            }
            guard ready > 0 else { return nil }
            var bytes = [UInt8](repeating: 0, count: pieceBytesMax)
            let count = bytes.withUnsafeMutableBytes { Self.readInput($0.baseAddress, $0.count) }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            return count > 0 ? Array(bytes.prefix(count)) : nil
        }
        return nil
    }

    private static func readInput(_ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
        #if canImport(Glibc)
            Glibc.read(0, bytes, count)
        #elseif canImport(Musl)
            Musl.read(0, bytes, count)
        #else
            Darwin.read(0, bytes, count)
        #endif
    }
}
