/// What the Engine says of itself (`GET /version` and `GET /info`).
package struct EngineFacts: Hashable, Sendable {
    /// Such as `28.5.1`.
    package let version: String
    /// The API version that both sides speak.
    package let apiVersion: APIVersion
    /// Whether containers go on running while the engine is stopped or upgraded.
    package let liveRestore: Bool
    package let isPodman: Bool
    /// The log driver of containers that name none; Teal's name `json-file`.
    package let loggingDriver: String
    /// Whether it runs without root, so that its processes and networks cannot be seen from here.
    package let rootless: Bool
    /// Where it keeps images and containers.
    package let dataRoot: String
    /// What tells it from every other engine; the same after a restart.
    package let mark: EngineMark

    init(version: JSONValue, info: JSONValue, speaking apiVersion: APIVersion) {
        self.version = version["Version"].string ?? "unknown"
        self.apiVersion = apiVersion
        isPodman = Self.isPodman(version)
        liveRestore = info["LiveRestoreEnabled"].bool ?? false
        loggingDriver = info["LoggingDriver"].string ?? ""
        rootless = info["SecurityOptions"].strings.contains { $0.contains("rootless") }
        dataRoot = info["DockerRootDir"].string ?? "/var/lib/docker"
        // Podman makes another ID for each answer; what it keeps where is all there is to know it by.
        mark = EngineMark(id: isPodman ? "podman" : info["ID"].string ?? "", root: dataRoot)
    }

    static func isPodman(_ version: JSONValue) -> Bool {
        version["Components"].array.contains { $0["Name"].string?.contains("Podman") ?? false }
    }
}
