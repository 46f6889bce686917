/// What a written container may do, and what it shares with its host.
package struct WrittenRights: Hashable, Sendable, Codable {
    /// Capabilities beside the Engine's own, as they are written (`CapAdd`).
    package var capabilitiesAdded: [String] = []
    /// Capabilities that it does not get (`CapDrop`).
    package var capabilitiesDropped: [String] = []
    /// Whether it may do everything (`Privileged`).
    package var isPrivileged = false
    /// Such as `no-new-privileges:true` or `seccomp={…}`, profiles read (`SecurityOpt`).
    package var securityOptions: [String] = []
    /// Whether its root cannot be written to (`ReadonlyRootfs`).
    package var isRootReadOnly = false
    /// Further groups of its user (`GroupAdd`).
    package var groups: [String] = []
    /// Namespaced parameters of the kernel, by name (`Sysctls`).
    package var systemControls: [String: String] = [:]
    /// Devices of the host (`Devices`).
    package var devices: [WrittenDevice] = []
    /// Rules of the devices' control group, such as `c 1:3 mr` (`DeviceCgroupRules`).
    package var deviceRules: [String] = []
    /// Devices by ability, such as GPUs (`DeviceRequests`).
    package var deviceRequests: [WrittenDeviceRequest] = []
    /// `host`, or `service:name`, or `container:name` (`PidMode`).
    package var processMode: String?
    /// `none`, `private`, `shareable`, `host`, or `service:name`, or `container:name` (`IpcMode`).
    package var ipcMode: String?
    /// `host` (`UTSMode`).
    package var hostNameMode: String?
    /// `host` (`UsernsMode`).
    package var userMode: String?
    /// `private` or `host` (`CgroupnsMode`).
    package var controlGroupMode: String?
    /// The control group above its own (`CgroupParent`).
    package var controlGroupParent: String?
    /// `default`, `process` or `hyperv` (`Isolation`).
    package var isolation: String?

    package init() {}
}

/// A device of the host that a container sees.
package struct WrittenDevice: Hashable, Sendable, Codable {
    /// Its path on the host (`PathOnHost`), or the name of a device of the Container Device Interface.
    package var source: String
    /// Its path in the container (`PathInContainer`).
    package var target: String
    /// Of `rwm` (`CgroupPermissions`).
    package var permissions: String

    package init(source: String, target: String, permissions: String = "rwm") {
        self.source = source
        self.target = target
        self.permissions = permissions
    }
}

/// Devices that are asked for by what they can do (`DeviceRequest`).
package struct WrittenDeviceRequest: Hashable, Sendable, Codable {
    /// Such as `nvidia` (`Driver`); empty for whichever can.
    package var driver: String
    /// How many, -1 for all (`Count`); nil where `ids` says which.
    package var count: Int?
    /// Which (`DeviceIDs`).
    package var ids: [String]
    /// What they must be able to do, all of it (`Capabilities`, one list of them).
    package var capabilities: [String]
    /// For the driver, by name (`Options`).
    package var options: [String: String]

    package init(
        driver: String = "",
        count: Int? = nil,
        ids: [String] = [],
        capabilities: [String],
        options: [String: String] = [:]
    ) {
        self.driver = driver
        self.count = count
        self.ids = ids
        self.capabilities = capabilities
        self.options = options
    }
}
