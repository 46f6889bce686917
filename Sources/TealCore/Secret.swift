/// A text that must not reach a log, an argument list, a label, the journal or an error.
///
/// It prints as `<redacted>` everywhere; ``reveal()`` is the only way in, so that every use can be searched for.
package struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: String

    package init(_ value: String) { self.value = value }

    /// The text itself.
    ///
    /// Hand it to a process or a peer, never to a person.
    package func reveal() -> String { value }

    package var description: String { "<redacted>" }
    package var debugDescription: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
