/// A network of the project, or an external one.
package struct ComposeNetwork: ComposePart, Hashable {
    /// The name that the engine knows it by.
    package let name: String?
    package let driver: String?
    package let driverOptions: [String: String]
    package let addresses: ComposeAddressing
    /// Whether it is made elsewhere and must exist.
    package let isExternal: Bool
    /// Whether it leads nowhere else: no way out, and published ports do not work.
    package let isInternal: Bool
    package let isAttachable: Bool
    package let labels: [String: String]
    package let hasIPv4: Bool?
    package let hasIPv6: Bool?
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        name = fields.text("name")
        driver = fields.text("driver")
        driverOptions = fields.pairs("driver_opts")
        addresses =
            fields.part("ipam")
            ?? .init(.init(mapping: .init(), place: fields.place, path: fields.path, problems: fields.problems))
        isExternal = fields.flag("external")
        isInternal = fields.flag("internal")
        isAttachable = fields.flag("attachable")
        labels = fields.pairs("labels")
        hasIPv4 = fields.optionalFlag("enable_ipv4")
        hasIPv6 = fields.optionalFlag("enable_ipv6")
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("name", name)
            $0.add("driver", driver)
            $0.add("driver_opts", driverOptions)
            $0.always("ipam", addresses.json)
            $0.add("external", isExternal)
            $0.add("internal", isInternal)
            $0.add("attachable", isAttachable)
            $0.add("labels", labels)
            $0.add("enable_ipv4", optional: hasIPv4)
            $0.add("enable_ipv6", optional: hasIPv6)
        }
        .value
    }
}
