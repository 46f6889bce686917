import Crypto
import TealCore
import TealDriverKit

/// Names what a build comes from: two builds with one key would make the same.
///
/// In it is everything that the commands see or that decides what of their work is kept, and nothing else: neither where the
/// repository is, nor who fetches, nor limits. Of secrets there is a keyed mark.
struct BuildKey: Hashable, Sendable, CustomStringConvertible {
    /// SHA-256, in hexadecimal.
    let description: String

    init(_ order: BuildOrder) {
        var hash = SHA256()
        func add(_ text: String) {
            // Each part after its length, so that no two lists of parts are alike.
            hash.update(data: withUnsafeBytes(of: UInt64(text.utf8.count).bigEndian, Array.init))
            hash.update(data: Array(text.utf8))
        }
        func add(_ texts: [String]) {
            add("\(texts.count)")
            for text in texts { add(text) }
        }
        let source = order.source
        add(["teal build 1", "\(order.commit)", "\(order.service.project)", "\(order.service.service)"])
        add(["\(order.environment)", source.directory ?? ".", source.output, order.secretsMark])
        add("\(source.commands.count)")
        for command in source.commands { add(command) }
        add(source.environment.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] })
        add(source.secrets.sorted())
        description = hash.finalize().map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }.joined()
    }
}
