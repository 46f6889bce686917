/// The kernel's name for the present boot (`/proc/sys/kernel/random/boot_id`).
///
/// A process id or a timestamp means nothing in another boot.
package struct BootID: Hashable, Sendable, Codable, CustomStringConvertible {
    package let description: String

    package init(_ text: String) { description = text }

    package init(from decoder: any Decoder) throws {
        description = try decoder.singleValueContainer().decode(String.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
