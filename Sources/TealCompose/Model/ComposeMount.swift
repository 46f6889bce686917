/// Something of the host, or a volume, that a container sees as a path.
package struct ComposeMount: ComposePart, Hashable {
    /// `bind`, `volume`, `tmpfs`, `cluster`, `npipe` or `image`.
    package let type: String?
    /// A path of the host, a volume or an image; nil for an anonymous volume.
    package let source: String?
    /// The path in the container.
    package let target: String?
    package let isReadOnly: Bool
    package let consistency: String?
    package let bind: ComposeBindOptions?
    package let volume: ComposeVolumeOptions?
    package let tmpfs: ComposeTmpfsOptions?
    package let image: ComposeImageOptions?
    /// Keys that begin with `x-`.
    package let extensions: [String: JSONValue]

    init(_ fields: Fields) {
        type = fields.text("type")
        source = fields.text("source")
        target = fields.text("target")
        isReadOnly = fields.flag("read_only")
        consistency = fields.text("consistency")
        bind = fields.part("bind")
        volume = fields.part("volume")
        tmpfs = fields.part("tmpfs")
        image = fields.part("image")
        extensions = fields.extensions
    }

    var json: JSONValue {
        JSONFields {
            $0.add("type", type)
            $0.add("source", source)
            $0.add("target", target)
            $0.add("read_only", isReadOnly)
            $0.add("consistency", consistency)
            $0.add("bind", bind)
            $0.add("volume", volume)
            $0.add("tmpfs", tmpfs)
            $0.add("image", image)
        }
        .value
    }
}
