package import TealCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Where the Docker Engine is, and what Teal may take of the host for it.
package struct DockerConfiguration: Hashable, Sendable {
    /// The path of the Engine's Unix socket.
    package let socket: String
    /// The IPv4 range that project networks are taken from, such as `10.213.0.0/16`; `/8` to `/24`.
    package let subnetPool: String
    /// Teal's home on this host; the runtime keeps its records in `docker/` below it.
    package let home: String

    package init(socket: String, subnetPool: String, home: String) {
        self.socket = socket
        self.subnetPool = subnetPool
        self.home = home
    }
}

/// Who pulls, for one pull.
package struct RegistryLogin: Hashable, Sendable {
    package let username: String
    package let password: Secret
    /// The registry's host, as in an image's reference: `ghcr.io`, `docker.io`.
    package let registry: String

    package init(username: String, password: Secret, registry: String) {
        self.username = username
        self.password = password
        self.registry = registry
    }

    /// The value of `X-Registry-Auth`: base64url (RFC 4648 section 5) of a JSON object.
    var header: String {
        let server = registry == "docker.io" ? "https://index.docker.io/v1/" : registry
        let body: JSONValue = [
            "username": .string(username), "password": .string(password.reveal()), "serveraddress": .string(server),
        ]
        return Data(body.bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
    }
}
