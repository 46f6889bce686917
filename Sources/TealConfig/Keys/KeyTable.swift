/// All keys below one root, in the order of the documents.
package struct KeyTable: Sendable {
    package let keys: [KeyReference]
    private let byParent: [String: [KeyReference]]

    init(_ keys: [KeyReference]) {
        self.keys = keys
        byParent = Dictionary(grouping: keys) { key in
            key.path.lastIndex(of: ".").map { String(key.path[..<$0]) } ?? ""
        }
    }

    /// The keys that a mapping at `path` may have, in order; the root's path is empty.
    package func children(of path: String) -> [KeyReference] { byParent[path] ?? [] }

    /// The keys of the file's top level.
    package static let file = KeyTable(fileKeys)
    /// The keys of a service, of `defaults` and of a service in an environment.
    package static let service = KeyTable(serviceKeys)
}

/// Where in which table the keys of a mapping are described.
struct KeyScope {
    let table: KeyTable
    let path: String

    static let file = KeyScope(table: .file, path: "")
    static let service = KeyScope(table: .service, path: "")

    var keys: [KeyReference] { table.children(of: path) }

    func key(_ name: String) -> KeyReference? { keys.first { $0.name == name || $0.alias == name } }

    /// The scope of a mapping behind the key.
    func below(_ key: KeyReference) -> KeyScope { KeyScope(table: table, path: key.childrenPath) }
}
