/// A path prefix that matches whole segments: `/api` takes `/api` and `/api/x`, never `/apix`.
struct PathPrefix {
    /// Without a slash at the end; empty for `/`.
    let bytes: [UInt8]

    init(_ text: String) {
        var bytes = Array(text.utf8)
        while bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        self.bytes = bytes
    }

    @inline(__always) func matches(_ path: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        let length = bytes.count
        if length == 0 { return true }
        if count < length { return false }
        for index in 0..<length where path[index] != bytes[index] { return false }
        return count == length || path[length] == UInt8(ascii: "/")
    }
}
