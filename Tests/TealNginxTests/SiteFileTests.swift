import TealCore
import Testing

@testable import TealNginx

@Suite struct `A site that exists` {
    /// As written by hand, with a site's usual traps.
    static let site = """
        # proxy_pass http://127.0.0.1:9999;
        map $http_upgrade $connection_upgrade { default upgrade; '' close; }
        server {
        \tlisten 443 ssl http2; # managed by Certbot
            server_name api.example.com;
            location ~* \\.(js|css){1,2}$ { expires 1y; add_header Cache-Control "public; immutable {x}"; }
            location / {
                proxy_pass   http://127.0.0.1:8000/app;\t# the live colour
                proxy_set_header X-Path ${uri};
            }
            location /status { proxy_pass http://$other:80; }
            location /socket { proxy_pass http://unix:/run/app.sock; }
        }
        server { listen 80; server_name api.example.com; return 301 https://$host$request_uri; }

        """

    private func rewritten(_ text: String, _ known: Set<String> = [], to port: Int = 8001) throws -> String {
        let site = SiteFile(Array(text.utf8))
        let place = try site.place(of: known)
        return String(decoding: site.leading(place, to: Endpoint(address: "127.0.0.1", port: port)), as: UTF8.self)
    }

    @Test func `is changed in one place, every other byte as it was`() throws {
        let changed = try rewritten(Self.site)
        #expect(changed == Self.site.replacing("http://127.0.0.1:8000/app", with: "http://127.0.0.1:8001/app"))
        #expect(changed != Self.site)
        #expect(try rewritten(changed, to: 8000) == Self.site)
    }

    @Test(arguments: [
        "upstream api { server 127.0.0.1:8000 max_fails=3; keepalive 8; }\nserver { location / { proxy_pass http://api; } }",
        "location / { proxy_pass \"http://localhost:8000\"; }", "location / { proxy_pass 'https://localhost:8000/'; }",
        "location / { proxy_pass http://[::1]:8000; }", "\r\nlocation / {\r\nproxy_pass http://10.0.0.1:8000;\r\n}\r\n",
        "location / { proxy_pass\n  http://10.0.0.1:8000\n  ; }",
    ])
    func `may lead to the service in any way that has an address`(text: String) throws {
        let changed = try rewritten(text)
        #expect(changed.contains("127.0.0.1:8001"))
        #expect(changed.utf8.count == text.utf8.count + changed.utf8.count - text.utf8.count)
        let place = try SiteFile(Array(text.utf8)).place(of: [])
        #expect(changed == text.replacing(place.address, with: "127.0.0.1:8001"))
    }

    @Test func `keeps bytes that are no text`() throws {
        let bytes: [UInt8] = Array("# ".utf8) + [0xff, 0xfe, 0x00] + Array("\nproxy_pass http://a:1;\n".utf8)
        let site = SiteFile(bytes)
        let changed = site.leading(try site.place(of: []), to: Endpoint(address: "b", port: 2))
        #expect(changed == Array("# ".utf8) + [0xff, 0xfe, 0x00] + Array("\nproxy_pass http://b:2;\n".utf8))
    }

    @Test func `with several places is changed where it is marked, or where the service is`() throws {
        let text = """
            location / { proxy_pass http://127.0.0.1:8000; }
            location /ai { proxy_pass http://127.0.0.1:9000; }

            """
        #expect(throws: SiteFile.Fault.several(SiteFile(Array(text.utf8)).places)) { try rewritten(text) }
        #expect(try rewritten(text, ["127.0.0.1:9000"]).contains("location /ai { proxy_pass http://127.0.0.1:8001; }"))
        let marked = text.replacing("9000; }", with: "9000; } # teal")
        #expect(try rewritten(marked).contains("location /ai { proxy_pass http://127.0.0.1:8001; } # teal"))
        #expect(SiteFile(Array(text.utf8)).places.map(\.line) == [1, 2])
    }

    @Test(arguments: ["", "server { root /srv; }", "proxy_pass http://backend;", "proxy_pass http://127.0.0.1:8000"])
    func `without a place is refused`(text: String) {
        #expect(throws: SiteFile.Fault.none) { try rewritten(text) }
    }

    @Test func `that is cut off anywhere is read without harm`() {
        let bytes = Array(Self.site.utf8)
        for count in 0..<bytes.count { #expect(SiteFile(Array(bytes[..<count])).places.count <= 1) }
        for text in ["\"", "'", "\\", "$", "${", "}", "{", "proxy_pass \"", "proxy_pass '", "proxy_pass \";", "a\\"] {
            #expect(SiteFile(Array(text.utf8)).places.isEmpty)
        }
    }
}
