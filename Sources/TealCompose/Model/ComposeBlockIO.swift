/// How much a container may read from and write to block devices.
package struct ComposeBlockIO: ComposePart, Hashable {
    package let weight: Int
    package let weightDevices: [ComposeWeightDevice]
    package let readBytes: [ComposeThrottledDevice]
    package let readOperations: [ComposeThrottledDevice]
    package let writtenBytes: [ComposeThrottledDevice]
    package let writtenOperations: [ComposeThrottledDevice]
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        weight = fields.natural("weight", upTo: 65_535) ?? 0
        weightDevices = fields.parts("weight_device")
        readBytes = fields.parts("device_read_bps")
        readOperations = fields.parts("device_read_iops")
        writtenBytes = fields.parts("device_write_bps")
        writtenOperations = fields.parts("device_write_iops")
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("weight", weight)
            $0.add("weight_device", weightDevices)
            $0.add("device_read_bps", readBytes)
            $0.add("device_read_iops", readOperations)
            $0.add("device_write_bps", writtenBytes)
            $0.add("device_write_iops", writtenOperations)
        }
        .value
    }
}
