import TealCore
package import TealDriverKit

/// What nginx would not do for a service as it is asked for.
package struct NginxObjection: Hashable, Sendable {
    /// One clause, without a full stop.
    package let text: String
    /// What to change.
    package let next: String
    /// Whether a table with it is followed all the same, with another way of doing it.
    package let isFollowed: Bool

    /// All that nginx would not do for a service.
    ///
    /// - Parameters:
    ///   - traffic: The service, with as many targets as it is to have.
    ///   - settings: What has a site of its own.
    /// - Returns: In no particular order; empty when everything can be done as asked for.
    package static func all(to traffic: ServiceTraffic, _ settings: NginxSettings) -> [NginxObjection] {
        upgraded(traffic) + site(traffic, settings) + text(traffic, settings)
    }

    /// nginx ends no connection at a switch; Teal ends them itself, all of a release at the limit of its drain.
    private static func upgraded(_ traffic: ServiceTraffic) -> [NginxObjection] {
        let name = traffic.service.service
        return traffic.routes.flatMap(\.upgraded).compactMap { rule in
            switch rule.mode {
            case .close:
                return NginxObjection(
                    text:
                        "nginx does not close the upgraded connections of \(name) under \(rule.pathPrefix) at the switch",
                    next:
                        "Leave `\(rule.pathPrefix)` out of `upgraded` of \(name), and give `drain.upgraded` a short limit",
                    isFollowed: true
                )
            case .keep:
                guard let limit = rule.limit, limit != traffic.drain.upgraded else { return nil }
                return NginxObjection(
                    text:
                        "nginx has one limit for all upgraded connections of \(name), and \(rule.pathPrefix) has another than `drain.upgraded`",
                    next:
                        "Leave `limit` out of `upgraded` of \(name), and give `drain.upgraded` the limit that all may have",
                    isFollowed: true
                )
            }
        }
    }

    /// What one line of a site cannot say.
    private static func site(_ traffic: ServiceTraffic, _ settings: NginxSettings) -> [NginxObjection] {
        guard let path = settings.sites[traffic.service] else { return [] }
        let name = traffic.service.service
        var found: [NginxObjection] = []
        if traffic.targets.count > 1 || traffic.split != nil {
            found.append(
                NginxObjection(
                    text: "the one line of \(path) leads to one replica of \(name), not to \(traffic.targets.count)",
                    next:
                        "Give \(name) `replicas: 1`, or lead the site to Teal's upstream and start the daemon without its `--nginx-site`",
                    isFollowed: false
                )
            )
        }
        if traffic.routes.contains(where: \.internalOnly) {
            found.append(
                NginxObjection(
                    text: "\(name) has an internal route, and nginx serves none where \(path) is the service's site",
                    next: "Leave the internal route of \(name) out, or start the daemon without its `--nginx-site`",
                    isFollowed: false
                )
            )
        }
        return found
    }

    /// What cannot be written in a file of nginx.
    private static func text(_ traffic: ServiceTraffic, _ settings: NginxSettings) -> [NginxObjection] {
        var settings = settings
        // As if it had servers for all routes: what a site of the user's own is led to must be possible, too.
        if settings.internalListen.isEmpty { settings.internalListen = ["127.0.0.1:1"] }
        let table = TrafficTable(position: TablePosition(epoch: 1, version: 1), services: [traffic])
        do throws(SwitchError) {
            _ = try NginxInclude(table, settings, marksUpgraded: NginxSwitch.marksUpgraded)
            return []
        } catch .refused(let text) {
            return [
                NginxObjection(text: text, next: "Change `routes` of \(traffic.service.service)", isFollowed: false)
            ]
        } catch {
            return []
        }
    }
}
