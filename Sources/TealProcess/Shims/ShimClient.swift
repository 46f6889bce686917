import CTealSystem
import Glibc
import TealCore
import TealShimWire

/// A connection to a shim's control socket, for one thread that may block.
final class ShimClient {
    enum Failure: Error, Hashable {
        /// Nobody listens there, or the shim ended.
        case gone
        case timedOut
        case refused(String)
    }

    let descriptor: Descriptor
    private var input = LineBuffer(bytesMax: WireLine.bytesMax)
    private var lines: [WireLine] = []

    /// Connects, without a word yet.
    init(_ files: ReplicaFiles) throws(Failure) {
        // Through the descriptor: the directory's own path may be longer than a socket address can be.
        let directory = open(files.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw .gone }
        let held = Descriptor(owning: directory)
        let raw = teal_unix_connect("/proc/self/fd/\(held.raw)/s")
        guard raw >= 0 else { throw raw == -EAGAIN ? .timedOut : .gone }
        descriptor = Descriptor(owning: raw)
    }

    static func hello() -> WireLine {
        let versions = ShimProtocol.versions
        return WireLine("hello", ["least": "\(versions.lowerBound)", "most": "\(versions.upperBound)"])
    }

    /// Agrees on a version.
    func greet(until deadline: Timestamp) throws(Failure) {
        _ = try ask(Self.hello(), until: deadline, expecting: "hello")
    }

    /// Sends a request and waits for its answer.
    func ask(_ line: WireLine, until deadline: Timestamp, expecting verb: String = "ok") throws(Failure) -> WireLine {
        try send(line)
        while true {
            let answer = try next(until: deadline)
            if answer.verb == "refused" { throw .refused(answer["reason"] ?? "no reason given") }
            if answer.verb == verb { return answer }
        }
    }

    /// Sends a line.
    ///
    /// Requests are short: a socket that takes none is broken.
    func send(_ line: WireLine) throws(Failure) {
        let bytes = line.bytes
        let count = bytes.withUnsafeBytes { Glibc.send(descriptor.raw, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard count == bytes.count else { throw .gone }
    }

    private func next(until deadline: Timestamp) throws(Failure) -> WireLine {
        while lines.isEmpty {
            let left = deadline.since(Timestamp(nanoseconds: teal_boot_nanoseconds()))
            guard left > .zero else { throw .timedOut }
            var polled = pollfd(fd: descriptor.raw, events: Int16(POLLIN), revents: 0)
            poll(&polled, 1, Int32(min(left.nanoseconds / 1_000_000 + 1, 60_000)))
            if polled.revents != 0 { lines += try available() }
        }
        return lines.removeFirst()
    }

    /// The lines that are there now, without waiting.
    func available() throws(Failure) -> [WireLine] {
        guard let bytes = try? descriptor.readSome(WireLine.bytesMax, from: "control socket") else {
            if errno == EAGAIN { return [] }
            throw .gone
        }
        guard !bytes.isEmpty else { throw .gone }
        return input.take(bytes).compactMap { WireLine(parsing: String(decoding: $0, as: UTF8.self)) }
    }
}
