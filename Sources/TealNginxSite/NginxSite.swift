package import TealCore

/// A whole site of nginx for one service: TLS, HTTP/2, security headers, limits, compression, files and upgrades.
///
/// For nginx 1.22 and later, with the modules of Debian's `nginx`.
package struct NginxSite: Hashable, Sendable {
    package let text: String

    /// - Throws: All that is missing or cannot be written.
    package init(
        _ service: ServiceKey,
        _ spec: ServiceSpec,
        options: NginxSiteOptions = .init()
    ) throws(NginxSiteFaults) {
        let plan = try SitePlan(service, spec, options)
        text = [
            plan.head, SiteHeaders(plan).maps, plan.maps, plan.redirectServer, plan.server,
        ]
        .joined(separator: "\n")
    }
}
