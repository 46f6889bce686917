/// An amount of what a host has.
package struct ComposeResource: ComposePart, Hashable {
    /// Processors; 0 when nothing is said.
    package let cpus: Float
    package let memoryBytes: Int
    package let processes: Int
    package let devices: [ComposeDeviceRequest]
    package let genericResources: [ComposeGenericResource]
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        cpus = fields.number("cpus")
        memoryBytes = fields.bytes("memory")
        processes = fields.whole("pids")
        devices = fields.parts("devices")
        genericResources = fields.parts("generic_resources")
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("cpus", cpus)
            $0.add("memory", bytes: memoryBytes)
            $0.add("pids", processes)
            $0.add("devices", devices)
            $0.add("generic_resources", genericResources)
        }
        .value
    }
}
