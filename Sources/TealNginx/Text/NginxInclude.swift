import TealCore
import TealDriverKit
import TealNginxSite

/// Teal's own file: the upstreams of a table, servers for its routes, and where nginx says which table it follows.
struct NginxInclude {
    let text: String
    /// What nginx answers once it follows the table.
    let served: ServedTable

    /// - Parameters:
    ///   - table: What is to be followed.
    ///   - settings: Where it is listened, and what has a site of its own.
    ///   - marksUpgraded: Whether the kernel has IPv6, by which upgraded connections are told apart.
    /// - Throws: ``SwitchError/refused(_:)`` with what nginx could not serve.
    init(_ table: TrafficTable, _ settings: NginxSettings, marksUpgraded: Bool) throws(SwitchError) {
        guard let log = NginxText.quoted(settings.log) else {
            throw .refused("'\(settings.log)' cannot be a log for nginx")
        }
        // What has a site of its own needs nothing here.
        let services = table.services.filter { settings.sites[$0.service] == nil }
        let stripped = try StrippedPaths(services)
        var text = Self.head(table.position) + stripped.text
        for traffic in services {
            text += try NginxUpstreams(traffic, vacancy: settings.status, marksUpgraded: marksUpgraded).text
        }
        text += try NginxServers(services, at: settings.listen, isInternal: false, log: log, stripped: stripped).text
        text += try NginxServers(services, at: settings.internalListen, isInternal: true, log: log, stripped: stripped)
            .text
        // Sites are part of what is followed, though they are not in this file.
        let sites = table.services.filter { settings.sites[$0.service] != nil }
            .map { "# \($0.service) by its own site: \($0.targets.map { "\($0.endpoint)" }.joined(separator: " "))\n" }
        text += sites.joined()
        served = ServedTable(table, text: text)
        self.text = text + Self.status(served, settings.status)
    }

    private static func head(_ position: TablePosition) -> String {
        """
        # Written by Teal. Once somebody else has changed it, Teal changes nothing any more: see docs/nginx.md.
        # table \(position)
        log_format teal escape=json '\(AccessLine.format(position: position))';
        map $http_host $teal_host {
            "~^[^:]+(:[0-9]+)$" $host$1;
            default $host;
        }

        """
    }

    private static func status(_ served: ServedTable, _ endpoint: Endpoint) -> String {
        """
        server {
            listen \(endpoint);
            server_name _;
            access_log off;
            default_type text/plain;
            keepalive_timeout 0;
            location = \(ServedTable.path) { return 200 "\(served.text) $pid\\n"; }
            location / { return 503 "No release of this service takes traffic now\\n"; }
        }

        """
    }
}
