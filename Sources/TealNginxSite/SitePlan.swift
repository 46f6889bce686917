import TealCore

/// What a site is made of, checked.
struct SitePlan {
    /// How long an upgraded connection may be silent.
    static let upgradedIdle = Duration.seconds(3600)

    /// One path that leads to the service.
    struct Place: Hashable {
        /// Without a slash at the end.
        let prefix: String
        let strips: Bool
    }

    let service: ServiceKey
    let spec: ServiceSpec
    let options: NginxSiteOptions
    let hosts: [String]
    let places: [Place]
    /// What the names of the site's variables and zones begin with.
    let name: String

    init(_ service: ServiceKey, _ spec: ServiceSpec, _ options: NginxSiteOptions) throws(NginxSiteFaults) {
        var faults: [String] = []
        let routes = spec.routes.filter { !$0.internalOnly }
        var hosts: [String] = []
        for host in options.hosts.isEmpty ? routes.flatMap(\.hosts) : options.hosts where !hosts.contains(host) {
            hosts.append(host)
            let isName = host.utf8.allSatisfy { byte in
                byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            }
            if !isName || host.isEmpty { faults.append("'\(host)' is not a host name in small letters") }
        }
        if hosts.isEmpty { faults.append("\(service.service) names no host: give one with `--host`") }
        let places = Set(routes.map { Place(prefix: Self.prefix($0.pathPrefix), strips: $0.stripPrefix) })
            .sorted { $0.prefix < $1.prefix }
        if !spec.takesTraffic {
            faults.append("\(service.service) takes no requests: it is a \(spec.kind.rawValue) without routes")
        }
        if places.contains(where: \.strips), options.backend != .upstream {
            faults.append(
                "a path cannot be stripped with an address of its own: leave `--proxy-pass` out, or remove `strip`"
            )
        }
        if options.root != nil, places.isEmpty || places.contains(where: { $0.prefix.isEmpty }) {
            faults.append(
                "\(service.service) takes every path, so that nothing is left for `--root`: give its route a path, such as /api"
            )
        }
        if case .address = options.backend, places.count > 1 {
            faults.append(
                "\(service.service) has \(places.count) paths, and with `--proxy-pass` there is one line to switch: leave it out"
            )
        }
        let texts = [
            options.root, options.certificate, options.key, options.webroot, options.log, options.logDirectory,
            options.contentSecurityPolicy,
        ]
        for text in texts.compactMap({ $0 }) + places.map(\.prefix) where NginxText.quoted(text) == nil {
            faults.append("'\(text)' cannot be written for nginx: it has a `$` or a control character")
        }
        if let rate = options.requestsPerSecond, rate < 1 || options.burst < 0 {
            faults.append("a rate of \(rate) requests a second with a burst of \(options.burst) lets nothing through")
        }
        guard faults.isEmpty else { throw NginxSiteFaults(lines: faults) }
        self.service = service
        self.spec = spec
        self.options = options
        self.hosts = hosts
        self.places = places.isEmpty ? [Place(prefix: "", strips: false)] : places
        name = NginxText.name(of: service) + "_site"
    }

    private static func prefix(_ path: String) -> String {
        var path = path[...]
        while path.last == "/" { path.removeLast() }
        return String(path)
    }

    /// Quoted; every text has been looked at.
    func quoted(_ text: String) -> String { NginxText.quoted(text) ?? "\"\"" }

    var head: String {
        let certificate =
            options.certificate == nil
            ? "certbot certonly --webroot -w \(options.webroot) \(hosts.map { "-d \($0)" }.joined(separator: " "))"
            : nil
        var lines = [
            "# \(hosts[0]), the site of \(service). Made by `teal generate nginx`; yours from now on.",
            "# Put it into /etc/nginx/sites-available, link it from sites-enabled, test with `nginx -t`.",
        ]
        if let certificate { lines.append("# The certificate: \(certificate)") }
        if options.backend == .upstream {
            lines.append(
                "# $\(NginxText.name(of: service)) is in Teal's own file, which is there once the service was released."
            )
        }
        return lines.map { "\($0)\n" }.joined()
    }

    /// Maps and zones, which belong beside the servers.
    var maps: String {
        var text = "map $http_upgrade $\(name)_connection {\n    default upgrade;\n    '' '';\n}\n"
        if let rate = options.requestsPerSecond {
            text += "limit_req_zone $binary_remote_addr zone=\(name):10m rate=\(rate)r/s;\n"
        }
        for (index, place) in places.enumerated() where place.strips {
            text += NginxText.strippingMap("$\(name)_path_\(index)", prefix: place.prefix)
        }
        return text
    }

    var redirectServer: String {
        """
        server {
            listen 80;
            listen [::]:80;
            server_name \(hosts.joined(separator: " "));
            server_tokens off;
            location ^~ /.well-known/acme-challenge/ {
                root \(quoted(options.webroot));
                default_type text/plain;
            }
            location / { return 301 https://$host$request_uri; }
        }

        """
    }

    var server: String {
        let directory = "/etc/letsencrypt/live/\(hosts[0])"
        var lines = ["listen 443 ssl http2;", "listen [::]:443 ssl http2;"]
        if let port = options.probePort {
            lines.append("listen 127.0.0.1:\(port); # Teal asks here whether the site is well")
        }
        lines += [
            "server_name \(hosts.joined(separator: " "));",
            "server_tokens off;",
            "",
            "ssl_certificate \(quoted(options.certificate ?? "\(directory)/fullchain.pem"));",
            "ssl_certificate_key \(quoted(options.key ?? "\(directory)/privkey.pem"));",
            "ssl_protocols TLSv1.2 TLSv1.3;",
            "ssl_ciphers \(Self.ciphers);",
            "ssl_prefer_server_ciphers off;",
            "ssl_session_cache shared:\(name)_tls:10m;",
            "ssl_session_timeout 1d;",
            "ssl_session_tickets off;",
            "",
            "access_log \(quoted("\(options.logDirectory)/\(hosts[0]).access.log"));",
        ]
        if options.backend == .upstream { lines.append("access_log \(quoted(options.log)) teal;") }
        lines += [
            "error_log \(quoted("\(options.logDirectory)/\(hosts[0]).error.log"));",
            "",
            "client_max_body_size \(Self.size(spec.proxy.bodyBytesMax));",
            "client_header_timeout 15s;",
            "client_body_timeout 30s;",
            "send_timeout 30s;",
            "keepalive_timeout 65s;",
        ]
        if options.requestsPerSecond != nil {
            // nginx refuses a burst of 0, and takes none when none is written.
            let burst = options.burst > 0 ? " burst=\(options.burst) nodelay" : ""
            lines += ["limit_req zone=\(name)\(burst);", "limit_req_status 429;"]
        }
        lines += ["", "gzip on;", "gzip_vary on;", "gzip_proxied any;", "gzip_min_length 1024;", "gzip_comp_level 5;"]
        lines.append("gzip_types \(Self.compressed.joined(separator: " "));")
        lines += [""] + SiteHeaders(self).lines
        lines += SiteLocations(self).lines
        return "server {\n" + lines.map { $0.isEmpty ? "\n" : "    \($0)\n" }.joined() + "}\n"
    }

    /// The largest unit that leaves no rest.
    static func size(_ bytes: Int) -> String {
        if bytes >= 1 << 20, bytes % (1 << 20) == 0 { return "\(bytes >> 20)m" }
        return bytes >= 1 << 10 && bytes % (1 << 10) == 0 ? "\(bytes >> 10)k" : "\(bytes)"
    }

    /// Those of TLS 1.2 with forward secrecy and authenticated encryption; TLS 1.3 has no others.
    private static let ciphers = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    ].joined(separator: ":")

    /// What is worth compressing; text/html always is.
    private static let compressed = [
        "application/javascript", "application/json", "application/manifest+json", "application/xml", "image/svg+xml",
        "text/css", "text/javascript", "text/plain", "text/xml",
    ]
}
