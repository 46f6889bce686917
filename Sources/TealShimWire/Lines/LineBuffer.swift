/// Cuts a stream of bytes into lines, each at most `bytesMax` long; longer ones are cut there.
package struct LineBuffer: Sendable {
    private let bytesMax: Int
    private var partial: [UInt8] = []

    package init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// Takes in bytes and gives out the lines that they end, without line ends.
    package mutating func take(_ bytes: some Collection<UInt8>) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            append(rest[..<end], to: &lines)
            lines.append(partial)
            partial = []
            rest = rest[rest.index(after: end)...]
        }
        append(rest, to: &lines)
        return lines
    }

    private mutating func append(_ bytes: some Collection<UInt8>, to lines: inout [[UInt8]]) {
        partial += bytes
        while partial.count > bytesMax {
            lines.append(Array(partial[..<bytesMax]))
            partial.removeFirst(bytesMax)
        }
    }

    /// What is left without a line end; nil for nothing.
    package mutating func flush() -> [UInt8]? {
        defer { partial = [] }
        return partial.isEmpty ? nil : partial
    }
}
