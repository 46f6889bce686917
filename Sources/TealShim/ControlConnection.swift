import CTealSystem
import Glibc
import TealShimWire

/// One connection to the shim's control socket.
final class ControlConnection {
    let descriptor: Descriptor
    private var input = LineBuffer(bytesMax: WireLine.bytesMax)
    private var output: [UInt8] = []
    var isGreeted = false
    var isWatching = false
    /// Whether a `stop` waits for its answer.
    var awaitsEnd = false
    private(set) var isClosed = false

    init(_ descriptor: Descriptor) { self.descriptor = descriptor }

    var wantsToWrite: Bool { !output.isEmpty }

    /// The lines that are there now; closes itself when the other side has.
    func read() -> [WireLine?] {
        guard let bytes = try? descriptor.readSome(WireLine.bytesMax, from: "control socket") else {
            // Nothing there now, or broken: a broken one says so at the next write.
            if errno != EAGAIN { close() }
            return []
        }
        if bytes.isEmpty {
            close()
            return []
        }
        return input.take(bytes).map { WireLine(parsing: String(decoding: $0, as: UTF8.self)) }
    }

    func send(_ line: WireLine) {
        guard !isClosed else { return }
        output += line.bytes
        flush()
        if output.count > ShimProtocol.backlogBytesMax { close() }
    }

    /// Writes what can be written without waiting.
    func flush() {
        while !output.isEmpty, !isClosed {
            let count = output.withUnsafeBytes { buffer in
                Glibc.send(descriptor.raw, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                output.removeFirst(count)
            } else if errno == EAGAIN {
                return
            } else if errno != EINTR {
                close()
            }
        }
    }

    func close() { isClosed = true }
}
