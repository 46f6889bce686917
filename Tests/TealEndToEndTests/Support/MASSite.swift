import Foundation
import TealLab

/// The nginx site of the stack, as `teal generate nginx` makes it, with a certificate of its own and at a port of loopback.
struct MASSite {
    let url: String
    /// Signs itself.
    let certificate: String
    let path: String
    let text: String

    /// Makes it, and has nginx serve it.
    init(_ stack: MASStack, _ lab: Lab, _ nginx: LabNginx, _ words: [String]) async throws {
        let port = try lab.freePort()
        url = "https://127.0.0.1:\(port)"
        certificate = nginx.directory + "/certificate.pem"
        let key = nginx.directory + "/key.pem"
        _ = try await Child.output(of: [
            "/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "1", "-subj", "/CN=\(MASStack.host)", "-addext", "subjectAltName=DNS:\(MASStack.host)",
            "-keyout", key, "-out", certificate,
        ])
        let options = [
            "--rate", "0", "--probe-port", "0", "--certificate", certificate, "--key", key, "--webroot",
            nginx.directory + "/webroot", "--log-directory", nginx.directory + "/log",
        ]
        text = try await stack.teal("generate", "nginx", "app", then: options + words)
            .replacing("listen 443 ssl http2", with: "listen 127.0.0.1:\(port) ssl http2")
            .replacing("    listen [::]:443 ssl http2;\n", with: "").replacing("    listen [::]:80;\n", with: "")
            .replacing("listen 80;", with: "listen 127.0.0.1:\(port + 1);")
        path = nginx.site("mas")
        try await nginx.enable("mas", text)
        try await until("an answer of nginx by TLS") {
            // Nobody listens there before it has read its files.
            try await Child(
                [
                    "/usr/bin/curl", "-sf", "-m", "5", "--cacert", certificate, "--connect-to",
                    "::127.0.0.1:\(port)", "-o", "/dev/null", "https://\(MASStack.host)/api/health",
                ],
                output: "/dev/null"
            ).wait(within: .seconds(10)) == 0
        }
    }
}
