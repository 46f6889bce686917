import TealCore
import TealNginxSite
import Testing

@Suite struct `A site of nginx` {
    private func make(
        routes: [Route] = [Route(hosts: ["shop.example.com", "www.shop.example.com"])],
        kind: ServiceKind = .web,
        _ change: (inout NginxSiteOptions) -> Void = { _ in }
    ) throws -> String {
        var spec = ServiceSpec(
            name: try ServiceName(parsing: "web-app"),
            kind: kind,
            source: .artifact(path: "./build")
        )
        spec.routes = routes
        var options = NginxSiteOptions()
        change(&options)
        let key = ServiceKey(project: try ProjectName(parsing: "shop"), service: spec.name)
        return try NginxSite(key, spec, options: options).text
    }

    @Test(arguments: [
        "listen 443 ssl http2;", "server_name shop.example.com www.shop.example.com;",
        "ssl_certificate \"/etc/letsencrypt/live/shop.example.com/fullchain.pem\";",
        "ssl_certificate_key \"/etc/letsencrypt/live/shop.example.com/privkey.pem\";",
        "ssl_protocols TLSv1.2 TLSv1.3;", "client_max_body_size 20m;",
        "limit_req zone=teal_shop_web__app_site burst=20 nodelay;",
        "limit_req_zone $binary_remote_addr zone=teal_shop_web__app_site:10m rate=10r/s;", "gzip on;",
        "location ^~ /.well-known/acme-challenge/ {", "root \"/var/www/letsencrypt\";",
        "location / { return 301 https://$host$request_uri; }", "proxy_pass http://$teal_shop_web__app;",
        "proxy_pass http://${teal_shop_web__app}_upgraded;", "proxy_set_header Upgrade $http_upgrade;",
        "'' \"max-age=31536000\";", "listen 127.0.0.1:7081;", "access_log \"/var/log/nginx/teal.log\" teal;",
        // What a server sends bit by bit reaches its client bit by bit.
        "proxy_buffering off;",
        "# The certificate: certbot certonly --webroot -w /var/www/letsencrypt -d shop.example.com -d www.shop.example.com",
    ])
    func `has all that a hardened one has`(line: String) throws {
        #expect(try make().contains(line))
    }

    @Test func `can lead to one address, in one line`() throws {
        let text = try make { $0.backend = .address(Endpoint(address: "127.0.0.1", port: 8000)) }
        #expect(text.components(of: "proxy_pass") == 1)
        #expect(text.contains("proxy_pass http://127.0.0.1:8000;"))
        #expect(!text.contains("teal;"))
        #expect(text.contains("proxy_set_header Connection $teal_shop_web__app_site_connection;"))
    }

    @Test func `says how long browsers remember HTTPS only as far as asked`() throws {
        #expect(try !make { $0.transportSecurity = .off }.contains("Strict-Transport-Security"))
        #expect(
            try make { $0.transportSecurity = .preload }.contains("\"max-age=31536000; includeSubDomains; preload\"")
        )
        #expect(try !make { $0.requestsPerSecond = nil }.contains("limit_req"))
        #expect(try !make { $0.probePort = nil }.contains("listen 127.0.0.1"))
    }

    @Test func `names no burst where none is allowed`() throws {
        let text = try make { $0.burst = 0 }
        #expect(text.contains("limit_req zone=teal_shop_web__app_site;"))
        #expect(!text.contains("burst"))
    }

    @Test func `serves files beside a service's own paths`() throws {
        let routes = [Route(hosts: ["shop.example.com"], pathPrefix: "/api", stripPrefix: true)]
        let text = try make(routes: routes) { $0.root = "/var/www/shop" }
        #expect(text.contains("try_files $uri $uri/ /index.html;"))
        #expect(text.contains("location ^~ \"/api/\" {"))
        #expect(text.contains("proxy_pass http://$teal_shop_web__app$teal_shop_web__app_site_path_0;"))
        #expect(text.contains("public, max-age=31536000, immutable"))
    }

    @Test func `says all that it cannot be made of at once`() throws {
        let routes = [Route(pathPrefix: "/", stripPrefix: false), Route(pathPrefix: "/$x", stripPrefix: true)]
        let error = #expect(throws: NginxSiteFaults.self) {
            try make(routes: routes) {
                $0.hosts = ["Shop.example.com"]
                $0.backend = .address(Endpoint(address: "127.0.0.1", port: 8000))
                $0.root = "/var/www/a\nb"
                $0.requestsPerSecond = 0
            }
        }
        #expect(
            error?.lines == [
                "'Shop.example.com' is not a host name in small letters",
                "a path cannot be stripped with an address of its own: leave `--proxy-pass` out, or remove `strip`",
                "web-app takes every path, so that nothing is left for `--root`: give its route a path, such as /api",
                "web-app has 2 paths, and with `--proxy-pass` there is one line to switch: leave it out",
                "'/var/www/a\nb' cannot be written for nginx: it has a `$` or a control character",
                "'/$x' cannot be written for nginx: it has a `$` or a control character",
                "a rate of 0 requests a second with a burst of 20 lets nothing through",
            ]
        )
        let other = #expect(throws: NginxSiteFaults.self) { try make(routes: [], kind: .worker) }
        #expect(
            other?.lines == [
                "web-app names no host: give one with `--host`",
                "web-app takes no requests: it is a worker without routes",
            ]
        )
    }

    @Test(arguments: [
        ("/api", "/api"), ("/a.b", "/a\\.b"), ("/(x)", "/\\(x\\)"), ("/a|b*", "/a\\|b\\*"), ("/{1}", "/\\{1\\}"),
    ])
    func `has patterns that match just a text`(text: String, pattern: String) {
        #expect(NginxText.pattern(for: text) == pattern)
    }

    @Test func `has names that no two services share`() throws {
        func name(_ project: String, _ service: String) throws -> String {
            NginxText.name(
                of: ServiceKey(project: try ProjectName(parsing: project), service: try ServiceName(parsing: service))
            )
        }
        #expect(try name("a-b", "c") != name("a", "b-c"))
        #expect(try name("shop", "web") == "teal_shop_web")
    }

    @Test func `has times and texts as nginx reads them`() {
        #expect(NginxText.time(.seconds(4)) == "4s")
        #expect(NginxText.time(.milliseconds(1500)) == "1500ms")
        #expect(NginxText.time(.zero) == "1ms")
        #expect(NginxText.quoted("a\"b\\c") == "\"a\\\"b\\\\c\"")
        #expect(NginxText.quoted("a$b") == nil)
        #expect(NginxText.sentence("a$b\nc\"") == "\"abc\\\"\"")
    }
}

extension String {
    /// How often a text is in this one.
    fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}
