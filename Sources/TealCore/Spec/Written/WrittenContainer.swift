/// A container that is made as somebody wrote it down, such as a service of a Compose file, and not as Teal would confine it.
///
/// Names in brackets are those of the Docker Engine API (`POST /containers/create`, v1.41 and later; `HostConfig` where
/// nothing else is said). What is nil or empty is left to the image or the Engine. Teal adds its labels, its `TEAL_*`
/// variables, and the project's own network, by which the proxy reaches what takes requests.
package struct WrittenContainer: Hashable, Sendable, Codable {
    /// The project's name where it was written, which names of volumes and networks begin with; may have a `_`.
    package var project: String
    /// The service's name where it was written.
    package var service: String

    // MARK: Program

    /// The program before the command (`Entrypoint`); nil for the image's, empty for none.
    package var entrypoint: [String]?
    /// The command (`Cmd`); nil for the image's, empty for none.
    package var command: [String]?
    /// Where it begins (`WorkingDir`).
    package var workingDirectory: String?
    /// `user`, `uid`, `user:group` or `uid:gid` (`User`).
    package var user: String?
    /// Variables of the image that it does not get (`Env` without `=`).
    package var unsetVariables: [String] = []
    /// Its own labels (`Labels`); Teal's are beside them.
    package var labels: [String: String] = [:]
    /// For the runtime below the Engine (`Annotations`, v1.43).
    package var annotations: [String: String] = [:]
    /// Whether it has a terminal (`Tty`).
    package var hasTerminal = false
    /// Whether its standard input stays open (`OpenStdin`).
    package var opensInput = false
    /// Whether a small init reaps its processes (`Init`); nil for the Engine's default.
    package var usesInit: Bool?
    /// The check that the Engine runs, and the gate (`Healthcheck`); nil for the image's.
    package var healthcheck: WrittenHealthcheck?
    /// Such as `QUIT`, without `SIG` (`StopSignal`); nil for the image's, or TERM.
    package var stopSignal: String?

    // MARK: The rest

    package var rights = WrittenRights()
    package var limits = WrittenLimits()
    package var network = WrittenNetworking()
    package var mounts: [WrittenMount] = []
    /// Containers whose volumes it sees too, each `service:name` or `container:name`, with `:ro` where it only reads
    /// (`VolumesFrom`).
    package var volumesFrom: [String] = []
    /// Configurations and secrets that it sees as files.
    package var files: [WrittenFile] = []
    /// Where what it writes goes (`LogConfig`); nil for Teal's driver, with its limits of size.
    package var logging: WrittenLogging?
    /// The runtime below the Engine, such as `nvidia` (`Runtime`).
    package var runtime: String?
    /// `os/architecture[/variant]` (query `platform`).
    package var platform: String?
    /// Options of the storage driver, such as `size` (`StorageOpt`).
    package var storageOptions: [String: String] = [:]

    package init(project: String, service: String) {
        self.project = project
        self.service = service
    }

    /// The names of the secrets that are files and no variables.
    package var secretFiles: Set<String> { Set(files.compactMap(\.secret)) }

    /// Whether it is in its project's own network, by which the proxy reaches it.
    ///
    /// What leads nowhere, and takes no requests, is not let out by it.
    package func joinsProject(takingTraffic: Bool) -> Bool {
        guard network.mode == nil else { return false }
        return takingTraffic || network.networks.isEmpty
            || !network.networks.allSatisfy { $0.definition?.isInternal ?? false }
    }
}

/// A check that the Engine runs inside of a container (`Healthcheck`).
package struct WrittenHealthcheck: Hashable, Sendable, Codable {
    /// `["CMD", …]`, `["CMD-SHELL", text]`, or `["NONE"]` for none, not even the image's (`Test`).
    package var test: [String]
    /// Between two checks (`Interval`); nil for the Engine's 30 s.
    package var interval: Duration?
    /// How long one may take (`Timeout`); nil for the Engine's 30 s.
    package var timeout: Duration?
    /// How many failures in a row make it unhealthy (`Retries`); nil for the Engine's 3.
    package var retries: Int?
    /// From the start on, failures do not count for so long (`StartPeriod`).
    package var startPeriod: Duration?
    /// Between two checks within the start period (`StartInterval`, v1.44).
    package var startInterval: Duration?

    package init(test: [String]) { self.test = test }

    package var isOff: Bool { test.first == "NONE" }
}

/// Where what a container writes goes (`LogConfig`).
package struct WrittenLogging: Hashable, Sendable, Codable {
    /// Such as `json-file` (`Type`).
    package var driver: String
    /// By name (`Config`).
    package var options: [String: String]

    package init(driver: String, options: [String: String] = [:]) {
        self.driver = driver
        self.options = options
    }
}
