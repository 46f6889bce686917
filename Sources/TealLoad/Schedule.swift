/// When each request is due and what it is, decided by its number alone.
struct Schedule: Sendable {
    /// The three kinds, taken in turn.
    enum Kind: Int, CaseIterable, Sendable {
        /// A POST with a body, on a kept connection.
        case post
        /// A GET on a connection of its own, with `Connection: close`.
        case fresh
        /// A GET on a kept connection.
        case kept
    }

    /// One request.
    struct Shape: Equatable, Sendable {
        let kind: Kind
        let nonce: String
        /// The length of the request's body, 0 for a GET.
        let bodyBytes: Int
        /// How much padding the answer is to carry.
        let padBytes: Int
    }

    /// The longest body, 16 KiB.
    static let bytesMax = 16 << 10

    let rate: Int
    /// Tells the nonces of this run from those of others.
    let run: UInt64

    /// Nanoseconds after the start; exact, so that nothing drifts.
    func dueNanoseconds(_ index: Int) -> UInt64 {
        let (seconds, part) = index.quotientAndRemainder(dividingBy: rate)
        return UInt64(seconds) * 1_000_000_000 + UInt64(part) * 1_000_000_000 / UInt64(rate)
    }

    func shape(_ index: Int) -> Shape {
        let kind = Kind.allCases[index % Kind.allCases.count]
        let size = size(index)
        return Shape(
            kind: kind,
            nonce: String(run, radix: 36) + "-" + String(index),
            bodyBytes: kind == .post ? size : 0,
            padBytes: kind == .post ? 0 : size
        )
    }

    /// From 1 byte to 16 KiB, each power of two as likely as the next.
    private func size(_ index: Int) -> Int {
        var bits = (UInt64(index) &+ 1) &* 0x9e37_79b9_7f4a_7c15
        bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
        bits ^= bits >> 27
        let top = 1 << Int(bits % 15)
        return min(top + Int((bits >> 8) % UInt64(top)), Self.bytesMax)
    }
}
