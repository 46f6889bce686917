package import TealCore

/// Finds images: in the registry that their name leads to, or on this host.
package protocol ImageSource: Sendable {
    /// The image that a name stands for now; pulls nothing and changes nothing, but where an engine asks a registry by a
    /// pull alone.
    ///
    /// The registry is asked first, and only where it does not say which image that is, the host itself.
    ///
    /// - Parameters:
    ///   - reference: The name; one with a digest stands for that image and no other.
    ///   - login: Who asks the registry; nil for anybody.
    /// - Returns: The image, where it was found, and what it says of itself as far as that is known.
    /// - Throws: ``ImageError/notFound`` when neither has it; ``ImageError/noRegistry(reason:)`` when the registry gave no
    ///   answer and the host has no copy.
    func find(_ reference: ImageReference, for login: ImageLogin?) async throws(ImageError) -> FoundImage

    /// Whether a release's image is on this host; false, too, where that cannot be found out.
    func hasImage(of release: Release) async -> Bool

    /// What runs containers here, and how it is set up.
    func engine() async throws(ImageError) -> EngineReport
}

/// Who asks a registry for an image.
package struct ImageLogin: Hashable, Sendable {
    package let username: String
    package let password: Secret

    package init(username: String, password: Secret) {
        self.username = username
        self.password = password
    }
}

/// What a name of an image stands for.
package struct FoundImage: Hashable, Sendable {
    /// Where it was found.
    package enum Place: Hashable, Sendable {
        case registry
        /// The host's copy has this name's digest; why the registry's could not be had, and what the registry said.
        case host(because: String, registry: RegistryWord = .silent)
        /// It was made on this host and never pushed.
        case hostOnly
    }

    package let content: ReleaseContent
    package let place: Place
    package let traits: ImageTraits

    package init(content: ReleaseContent, place: Place, traits: ImageTraits) {
        self.content = content
        self.place = place
        self.traits = traits
    }
}

/// What a registry says of a name, where it does not say which image that is.
package enum RegistryWord: Hashable, Sendable {
    /// It has no such image, so that the host's copy is the only one.
    case hasNone
    /// It does not tell who asks; it may have another image under this name than the host's copy.
    case refused
    /// It gave no answer; it may have another one, too.
    case silent
}

/// What an image says of itself (OCI image specification 1.1, "Image Configuration").
///
/// Nothing is known of an image that only the registry has: its configuration comes with a pull.
package struct ImageTraits: Hashable, Sendable {
    /// The user that it runs as; empty for root, nil where it is not known.
    package let user: String?
    /// The TCP ports that it exposes, ascending; nil where they are not known.
    package let ports: [Int]?
    /// Whether it has a HEALTHCHECK; nil where that is not known.
    package let hasHealthCheck: Bool?
    /// The paths that it declares as volumes, sorted.
    package let volumes: [String]
    /// Its size on this host; nil where it is not here.
    package let sizeBytes: Int?

    package init(
        user: String? = nil,
        ports: [Int]? = nil,
        hasHealthCheck: Bool? = nil,
        volumes: [String] = [],
        sizeBytes: Int? = nil
    ) {
        self.user = user
        self.ports = ports
        self.hasHealthCheck = hasHealthCheck
        self.volumes = volumes
        self.sizeBytes = sizeBytes
    }

    /// Whether it runs as root; nil where that is not known.
    package var runsAsRoot: Bool? {
        user.map { user in ["", "root", "0"].contains(user.prefix { $0 != ":" }) }
    }
}

/// What runs containers on a host.
package struct EngineReport: Hashable, Sendable {
    /// `Docker` or `Podman`.
    package let name: String
    package let version: String
    package let apiVersion: String
    /// The path of its socket.
    package let socket: String
    /// Whether containers run on while it is restarted.
    package let keepsContainers: Bool
    package let isRootless: Bool
    /// Where it reads its settings; nil where Teal knows of none.
    package let settingsFile: String?
    /// Where it keeps images and containers; nil where that is not on this host's disks.
    package let dataRoot: String?
    /// Networks that Teal made for projects with containers, and that are not there any more.
    package let missingNetworks: [String]
    /// Why it is not the engine that has this home's replicas; nil where it is.
    package let strangeness: String?

    package init(
        name: String,
        version: String,
        apiVersion: String,
        socket: String,
        keepsContainers: Bool,
        isRootless: Bool,
        settingsFile: String?,
        dataRoot: String? = nil,
        missingNetworks: [String] = [],
        strangeness: String? = nil
    ) {
        self.name = name
        self.version = version
        self.apiVersion = apiVersion
        self.socket = socket
        self.keepsContainers = keepsContainers
        self.isRootless = isRootless
        self.settingsFile = settingsFile
        self.dataRoot = dataRoot
        self.missingNetworks = missingNetworks
        self.strangeness = strangeness
    }
}

/// Why an image could not be found.
package enum ImageError: Error, Hashable, Sendable {
    /// No engine answers, or what answers cannot be understood.
    case noEngine(reason: String)
    /// The engine takes connections, and does not answer in time.
    case slowEngine(reason: String)
    /// The engine and Teal have no version of the engine's API in common; whether the engine is the older of the two.
    case otherVersion(reason: String, engineIsOlder: Bool)
    /// This user may not use the engine's socket.
    case notPermitted(socket: String)
    /// Neither the registry nor the host has it.
    case notFound
    /// The registry wants to know who asks, or does not let this one have it.
    case denied
    /// The registry could not be asked, and the host has no copy.
    case noRegistry(reason: String)
    case failed(String)
    case cancelled
}
