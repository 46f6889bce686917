/// Options of a mount of type bind.
package struct ComposeBindOptions: ComposePart, Hashable {
    /// `z` or `Z`.
    package let selinux: String?
    package let propagation: String?
    /// Whether a missing path of the host is made.
    package let createsHostPath: Bool
    package let recursive: String?
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        selinux = fields.text("selinux")
        propagation = fields.text("propagation")
        createsHostPath = fields.flag("create_host_path")
        recursive = fields.text("recursive")
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("selinux", selinux)
            $0.add("propagation", propagation)
            $0.add("create_host_path", createsHostPath)
            $0.add("recursive", recursive)
        }
        .value
    }
}
