import TealCore
import TealDriverKit

/// Requests of Teal's own to services whose site is their own: nothing else of what comes to those is counted.
extension NginxSwitch {
    /// Where a request leads whose answer no log tells of; nil for one that is counted by the log, or leads nowhere.
    ///
    /// It is taken from where the site's one line leads: nginx itself does not tell who has answered.
    func uncounted(_ path: String, _ host: String?) -> TargetID? {
        guard !settings.sites.isEmpty, let followed = loaded?.followed else { return nil }
        var best: (length: Int, service: ServiceTraffic)?
        for traffic in followed.table.services {
            for route in traffic.routes where Self.takes(path, host, route) {
                let length = route.pathPrefix.utf8.count + (route.hosts.isEmpty ? 0 : 1 << 16)
                if length > best?.length ?? -1 { best = (length, traffic) }
            }
        }
        guard let traffic = best?.service, settings.sites[traffic.service] != nil else { return nil }
        return traffic.targets.first?.id
    }

    func count(_ result: ProbeResult, of target: TargetID) { counted.add(result, of: target) }

    private static func takes(_ path: String, _ host: String?, _ route: Route) -> Bool {
        guard route.hosts.isEmpty || host.map(route.hosts.contains) == true else { return false }
        let prefix = NginxServers.prefix(of: route)
        let plain = path.prefix { $0 != "?" }
        return plain == prefix || plain.hasPrefix(prefix + "/")
    }
}
