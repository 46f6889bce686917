/// The daemon's name for one run of one replica, such as `shop/web@42#0:1`.
///
/// Never used twice: a replica that starts again gets another one, so that counters of two runs cannot mix.
package struct TargetID: Hashable, Sendable, CustomStringConvertible {
    /// The longest name, in bytes.
    package static let bytesMax = 256

    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package var description: String { text }
}
