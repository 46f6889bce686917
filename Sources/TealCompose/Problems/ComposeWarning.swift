/// Something that is allowed and yet most likely not meant.
package struct ComposeWarning: Hashable, Sendable, Codable, CustomStringConvertible {
    package let place: SourcePlace
    /// The full path of the key; empty for the file as a whole.
    package let key: String
    /// One sentence without a full stop.
    package let message: String

    /// `compose.yml:3: the variable TAG is not set`.
    package var description: String { place.file.isEmpty ? message : "\(place): \(message)" }
}
