/// Something that a written container sees at a path.
package struct WrittenMount: Hashable, Sendable, Codable {
    package enum Source: Hashable, Sendable, Codable {
        /// A path of the host.
        case bind(path: String, BindOptions)
        /// A volume with a name.
        case volume(WrittenVolume)
        /// A volume without a name: new with each container, kept by its path for what is never two at a time.
        case anonymous
        /// A directory in memory, of so many bytes at most, with a mode such as 0o1777.
        case memory(bytesMax: Int?, mode: Int?)
        /// A directory in memory by the words of mount(8), such as `size=64m,uid=1000` (`Tmpfs`).
        case memoryWords(String)
    }

    /// How a path of the host is mounted.
    package struct BindOptions: Hashable, Sendable, Codable {
        /// Whether a directory is made where nothing is (`Binds` instead of `Mounts`).
        package var makesDirectory = true
        /// `rprivate`, `private`, `rshared`, `shared`, `rslave` or `slave` (`Propagation`).
        package var propagation: String?
        /// `z` or `Z`, for SELinux.
        package var label: String?
        /// `enabled`, `disabled`, `writable` or `readonly`: whether what is mounted below comes too (`NonRecursive`,
        /// `ReadOnlyNonRecursive`, `ReadOnlyForceRecursive`).
        package var recursive: String?
        /// SHA-256 of the file that stood there when the release was made; nil for a directory.
        ///
        /// Not for the Engine: with it another content is another release.
        package var contentHash: String?

        package init() {}
    }

    /// An absolute path in the container (`Target`).
    package var target: String
    package var source: Source
    /// Whether it is only read (`ReadOnly`).
    package var isReadOnly: Bool

    package init(_ source: Source, target: String, isReadOnly: Bool = false) {
        self.source = source
        self.target = target
        self.isReadOnly = isReadOnly
    }
}

/// A volume with a name.
package struct WrittenVolume: Hashable, Sendable, Codable {
    /// Its name on the Engine.
    package var name: String
    /// How it is made when it is not there; nil for one that somebody else makes.
    package var definition: Definition?
    /// A directory in it (`VolumeOptions.Subpath`, v1.45).
    package var subpath: String?
    /// Whether it begins empty even where the image has something (`VolumeOptions.NoCopy`).
    package var beginsEmpty = false

    package init(name: String, definition: Definition? = nil) {
        self.name = name
        self.definition = definition
    }

    /// How a volume of a project is made (`POST /volumes/create`).
    package struct Definition: Hashable, Sendable, Codable {
        /// Its name where it was written, for a label.
        package var key: String
        /// Such as `local` (`Driver`).
        package var driver = "local"
        /// For the driver, by name (`DriverOpts`).
        package var driverOptions: [String: String] = [:]
        /// Its own labels (`Labels`); Teal's and Compose's are beside them.
        package var labels: [String: String] = [:]

        package init(key: String) { self.key = key }
    }
}

/// A configuration or a secret that a written container sees as a file.
///
/// Teal keeps a copy below its home, where nobody else looks in, and mounts that read-only.
package struct WrittenFile: Hashable, Sendable, Codable {
    package enum Content: Hashable, Sendable, Codable {
        /// What it says; part of the release, and so of a rollback to it.
        case text(String)
        /// The same where it is no UTF-8.
        case bytes([UInt8])
        /// The value of a secret of the service, by name; never in a record.
        case secret(String)
    }

    /// The most that one holds, in bytes.
    package static let bytesMax = 1 << 20

    /// An absolute path in the container.
    package var target: String
    package var content: Content
    /// Such as 0o444.
    package var mode: Int
    /// The owner's number; nil for root.
    package var owner: Int?
    /// The group's number; nil for root's.
    package var group: Int?

    package init(target: String, content: Content, mode: Int = 0o444, owner: Int? = nil, group: Int? = nil) {
        self.target = target
        self.content = content
        self.mode = mode
        self.owner = owner
        self.group = group
    }

    /// The secret's name; nil for a configuration.
    package var secret: String? { if case .secret(let name) = content { name } else { nil } }
}
