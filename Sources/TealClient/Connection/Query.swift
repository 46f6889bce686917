/// The query of a target, with its question mark; empty when nothing was given.
struct Query {
    let text: String

    /// - Parameter items: Names and values, in order; those without a value are left out.
    init(_ items: [(String, String?)]) {
        let given = items.compactMap { name, value in value.map { "\(name)=\(Exchange.encode($0))" } }
        text = given.isEmpty ? "" : "?" + given.joined(separator: "&")
    }
}
