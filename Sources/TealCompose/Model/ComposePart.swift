/// A part of a project that knows how it is read and how it is written.
protocol ComposePart: Sendable {
    init(_ fields: Fields)
    /// The part in the form of the reference implementation's JSON.
    var json: JSONValue { get }
}
