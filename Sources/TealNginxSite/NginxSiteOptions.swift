package import TealCore

/// What is to be in a site beside what the service says of itself.
package struct NginxSiteOptions: Hashable, Sendable {
    /// What a browser is told to remember of HTTPS (RFC 6797).
    package enum TransportSecurity: String, Hashable, Sendable, CaseIterable {
        case off
        /// This host alone.
        case host
        /// Every host below it as well.
        case subdomains
        /// That, and the browsers' own lists: hard to take back.
        case preload
    }

    /// Where requests go.
    package enum Backend: Hashable, Sendable {
        /// The upstream in Teal's own file.
        case upstream
        /// One address, in the one line that Teal rewrites at a switch.
        case address(Endpoint)
    }

    /// The host names; empty for those of the service's routes.
    package var hosts: [String] = []
    package var backend = Backend.upstream
    /// A directory of files that are served where no route of the service leads; nil for none.
    package var root: String?
    /// The certificate and its key; nil for certbot's places of the first host.
    package var certificate: String?
    package var key: String?
    /// Where certbot puts its answers (`certbot certonly --webroot -w …`).
    package var webroot = "/var/www/letsencrypt"
    package var transportSecurity = TransportSecurity.host
    /// The value of `Content-Security-Policy`; nil for none.
    package var contentSecurityPolicy: String?
    /// Requests a second and client address; nil for no limit.
    package var requestsPerSecond: Int? = 10
    /// How many more than that may come at once.
    package var burst = 20
    /// Where the site's own logs go.
    package var logDirectory = "/var/log/nginx"
    /// The file that Teal counts in; used with ``Backend/upstream``.
    package var log = "/var/log/nginx/teal.log"
    /// A port of the loopback where Teal asks in plain HTTP; nil for none.
    package var probePort: Int? = 7081

    package init() {}
}

/// What a site cannot be made of, all at once.
package struct NginxSiteFaults: Error, Hashable {
    package let lines: [String]
}
