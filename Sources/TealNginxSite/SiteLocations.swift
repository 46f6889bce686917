import TealCore

/// The locations of a site: the paths of the service, its upgraded connections, and files.
struct SiteLocations {
    private let plan: SitePlan

    init(_ plan: SitePlan) { self.plan = plan }

    var lines: [String] {
        var lines: [String] = []
        for (index, place) in plan.places.enumerated() {
            let path = place.strips ? "$\(plan.name)_path_\(index)" : ""
            let openings =
                place.prefix.isEmpty
                ? ["location /"]
                : ["location = \(plan.quoted(place.prefix))", "location ^~ \(plan.quoted(place.prefix + "/"))"]
            for opening in openings { lines += [""] + block(opening, service(path, "@upgraded_\(index)")) }
            if plan.options.backend == .upstream {
                lines += [""] + block("location @upgraded_\(index)", upgraded(path))
            }
        }
        if let root = plan.options.root { lines += files(root) }
        return lines
    }

    private func service(_ path: String, _ upgraded: String) -> [String] {
        let idle = plan.spec.proxy.responseIdle
        guard case .address(let endpoint) = plan.options.backend else {
            return ["error_page 418 = \(upgraded);", "if ($http_upgrade) { return 418; }"]
                + passing("http://$\(NginxText.name(of: plan.service))\(path)", "\"\"", idle)
        }
        return passing("http://\(endpoint)", "$\(plan.name)_connection", idle)
            + ["proxy_set_header Upgrade $http_upgrade;"]
    }

    private func upgraded(_ path: String) -> [String] {
        ["proxy_set_header Upgrade $http_upgrade;"]
            + passing(
                "http://${\(NginxText.name(of: plan.service))}_upgraded\(path)",
                "$\(plan.name)_connection",
                SitePlan.upgradedIdle
            )
    }

    private func passing(_ address: String, _ connection: String, _ idle: Duration) -> [String] {
        [
            "proxy_pass \(address);",
            "proxy_http_version 1.1;",
            "proxy_set_header Host $host;",
            "proxy_set_header Connection \(connection);",
            "proxy_set_header X-Real-IP $remote_addr;",
            "proxy_set_header X-Forwarded-For $remote_addr;",
            "proxy_set_header X-Forwarded-Host $host;",
            "proxy_set_header X-Forwarded-Proto $scheme;",
            "proxy_connect_timeout 5s;",
            "proxy_read_timeout \(NginxText.time(idle));",
            "proxy_send_timeout \(NginxText.time(idle));",
            // As they come: a buffer holds events of a server back until it is full.
            "proxy_buffering off;",
        ]
    }

    /// Where build tools put files with a hash in their name: those never change.
    private static let hashed = "^/(?:assets|_app/immutable|_astro|_next/static|static/(?:js|css|media))/"
    private static let kinds = "css|js|mjs|map|woff2?|ttf|otf|eot|png|jpe?g|gif|svg|ico|webp|avif|wasm"

    /// The page that names all others is always asked for again, other files after an hour, those with a hash never.
    private func files(_ root: String) -> [String] {
        var lines = ["", "root \(plan.quoted(root));", "index index.html;", ""]
        lines += block("location /", ["try_files $uri $uri/ /index.html;"])
        lines += [""]
        lines += block("location = /index.html", headers("no-cache"))
        lines += [""]
        lines += block(
            "location ~ \(NginxText.quotedPattern(Self.hashed))",
            ["try_files $uri =404;", "access_log off;"] + headers("public, max-age=31536000, immutable")
        )
        lines += [""]
        lines += block(
            "location ~* \(NginxText.quotedPattern("\\.(?:\(Self.kinds))$"))",
            ["try_files $uri =404;"] + headers("public, max-age=3600")
        )
        lines += [""]
        // What begins with a dot is nobody's page.
        lines += block("location ~ \(NginxText.quotedPattern("/\\.(?!well-known/)"))", ["return 404;"])
        return lines
    }

    private func headers(_ caching: String) -> [String] {
        SiteHeaders(plan).lines + ["add_header Cache-Control \"\(caching)\" always;"]
    }

    private func block(_ opening: String, _ lines: [String]) -> [String] {
        ["\(opening) {"] + lines.map { "    \($0)" } + ["}"]
    }
}
