import Crypto
import Foundation
package import TealCompose
import TealCore

extension FileLook {
    /// The files of this machine.
    package static let local = FileLook(
        kind: { path in
            switch LocalFile.kind(path) {
            case nil: .missing
            case .directory: .directory
            case .file: .file
            case .other: .other
            }
        },
        bytes: { path in
            guard LocalFile.kind(path) == .file, let handle = FileHandle(forReadingAtPath: path) else { return nil }
            defer {
                // Closing a file that was only read cannot lose anything.
                try? handle.close()
            }
            do {
                let data = try handle.read(upToCount: WrittenFile.bytesMax + 1) ?? Data()
                return data.count > WrittenFile.bytesMax ? nil : [UInt8](data)
            } catch {
                // Who asked says that it cannot be read.
                return nil
            }
        },
        hash: { bytes in
            SHA256.hash(data: bytes).map { byte in
                let digits = String(byte, radix: 16)
                return digits.count == 1 ? "0" + digits : digits
            }.joined()
        }
    )
}
