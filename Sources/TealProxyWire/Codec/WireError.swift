/// Why bytes are not the message they were taken for.
package enum WireError: Error, Hashable, Sendable {
    /// The bytes end inside a field.
    case truncated
    /// A number does not fit, or text is not UTF-8, or a value is outside its range.
    ///
    /// Names the field.
    case unfit(String)
    /// A field that the message cannot do without is not there.
    ///
    /// Names the field.
    case missing(String)
    /// A list or text is longer than its limit.
    ///
    /// Names the field.
    case tooLong(String)
    /// A frame is longer than ``ControlFrame/bytesMax``.
    case frameTooLong(Int)
}
