/// The host of a request as routes name it.
enum HostName {
    /// Lower-case, without port and trailing dot.
    ///
    /// `Shop.Example:8080` → `shop.example`, `shop.example.` → `shop.example`, `[::1]:80` → `[::1]`.
    ///
    /// - Parameter bytes: The Host field's value; only bytes that ``ByteClasses/host`` allows.
    /// - Returns: The name; nil when it is neither a name nor a bracketed address with at most a port behind it.
    static func normal(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        var end = bytes.count
        if bytes.first == UInt8(ascii: "[") {
            guard let close = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            end = close + 1
        } else if let colon = bytes.firstIndex(of: UInt8(ascii: ":")) {
            end = colon
        }
        let port = bytes[end...]
        if !port.isEmpty {
            guard port.first == UInt8(ascii: ":"), port.count <= 6,
                port.dropFirst().allSatisfy({ (0x30...0x39).contains($0) })
            else { return nil }
        }
        if end > 1, bytes[end - 1] == UInt8(ascii: ".") { end -= 1 }
        guard end > 0 else { return nil }
        return String(decoding: bytes[..<end].map(FieldScan.lowered), as: UTF8.self)
    }
}
