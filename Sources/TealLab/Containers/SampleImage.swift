import Foundation

/// The image of the sample service, built from its Dockerfile by the Engine's own builder.
package enum SampleImage {
    /// The name that it has on a lab's engine.
    package static let name = "teal-sample:lab"

    /// The variable that names the static program; `scripts/sample-program` makes it.
    package static let variable = "TEAL_SAMPLE_STATIC"

    /// Builds the image, unless the engine has it.
    ///
    /// - Throws: ``LabFailure`` when the static program is not there, or with the builder's last line.
    package static func build(on socket: EngineSocket) throws {
        guard try socket.request("GET", "/images/\(name)/json").status != 200 else { return }
        let root = FileManager.default.currentDirectoryPath
        let program = ProcessInfo.processInfo.environment[variable] ?? root + "/.build-sample/stripped/teal-sample"
        guard let bytes = FileManager.default.contents(atPath: program) else {
            throw LabFailure("there is no \(program): make it with scripts/sample-program, or set \(variable)")
        }
        let dockerfile = root + "/Sources/teal-sample/Dockerfile"
        guard let text = FileManager.default.contents(atPath: dockerfile) else {
            throw LabFailure("there is no \(dockerfile): run from the package's folder")
        }
        let context = tar([("Dockerfile", text, 0o644), ("teal-sample", bytes, 0o755)])
        let tag = name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? name
        let answer = try socket.request(
            "POST",
            "/build?t=\(tag)&version=1",
            body: context,
            type: "application/x-tar",
            limitSeconds: 120
        )
        guard answer.status == 200, try socket.request("GET", "/images/\(name)/json").status == 200 else {
            throw LabFailure("the image was not built: \(answer.text.suffix(500))")
        }
    }

    /// A tarball of files (POSIX.1-1988 ustar).
    private static func tar(_ files: [(name: String, bytes: Data, mode: Int)]) -> Data {
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
