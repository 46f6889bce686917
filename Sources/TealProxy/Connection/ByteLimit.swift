/// How many bytes a connection may hold back, and must bring.
enum ByteLimit {
    /// Bytes of requests that were sent ahead of the answer to the one before.
    static let pipelined = 64 << 10
    /// Bytes of a request body that wait for a connection to the target.
    static let pending = 256 << 10
    /// What a request body must bring in each ``TimeLimits/requestBodySpan``.
    static let bodyPerSpan = 30 << 10
    /// The framing of a chunked request body that is always taken; beyond, it may be as long as the content may.
    static let chunkFraming = 64 << 10
    /// What may be queued on a socket before the other side is no longer read, and where it is read again.
    ///
    /// NIO's default of 64 KiB would switch reading off and on for each answer of that size, at two system calls.
    static let writeHigh = 512 << 10
    static let writeLow = 128 << 10
}
