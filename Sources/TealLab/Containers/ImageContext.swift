import Foundation

/// What an image is built from: a Dockerfile and the files beside it.
struct ImageContext {
    struct File {
        /// At most 100 bytes.
        let name: String
        let bytes: Data
        let mode: Int

        init(_ name: String, _ bytes: Data, _ mode: Int) {
            self.name = name
            self.bytes = bytes
            self.mode = mode
        }
    }

    /// How long the Engine's builder may take for one answer.
    private static let limitSeconds = 120

    private let files: [File]

    init(_ files: [File]) { self.files = files }

    /// Builds an image with the Engine's classic builder, which needs no plugin.
    ///
    /// - Throws: ``LabFailure`` with the builder's last lines.
    func build(_ name: String, on socket: EngineSocket) throws {
        let tag = name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? name
        let answer = try socket.request(
            "POST",
            "/build?t=\(tag)&version=1&networkmode=none",
            body: tar,
            type: "application/x-tar",
            limitSeconds: Self.limitSeconds
        )
        guard answer.status == 200, try socket.request("GET", "/images/\(name)/json").status == 200 else {
            throw LabFailure("the image \(name) was not built: \(answer.text.suffix(500))")
        }
    }

    /// A tarball of the files (POSIX.1-1988 ustar).
    private var tar: Data {
        var all = Data()
        for file in files {
            var head = [UInt8](repeating: 0, count: 512)
            func put(_ text: String, at offset: Int) {
                for (index, byte) in text.utf8.enumerated() { head[offset + index] = byte }
            }
            func octal(_ value: Int, _ digits: Int) -> String {
                let text = String(value, radix: 8)
                return String(repeating: "0", count: max(0, digits - text.count)) + text
            }
            put(file.name, at: 0)
            put(octal(file.mode, 7), at: 100)
            put(octal(0, 7), at: 108)
            put(octal(0, 7), at: 116)
            put(octal(file.bytes.count, 11), at: 124)
            put(octal(0, 11), at: 136)
            put("        ", at: 148)
            put("0", at: 156)
            put("ustar", at: 257)
            put("00", at: 263)
            let sum = head.reduce(0) { $0 + Int($1) }
            put(octal(sum, 6), at: 148)
            head[154] = 0
            all.append(contentsOf: head)
            all.append(file.bytes)
            all.append(Data(count: (512 - file.bytes.count % 512) % 512))
        }
        all.append(Data(count: 1024))
        return all
    }
}
