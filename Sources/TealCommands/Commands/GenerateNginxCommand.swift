import ArgumentParser
import TealConfig
import TealCore
import TealNginxSite

extension NginxSiteOptions.TransportSecurity: ExpressibleByArgument {}

/// `teal generate`.
struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Print files for other programs, made from the project's file.",
        discussion: "Needs no daemon, and changes nothing.",
        subcommands: [GenerateNginxCommand.self]
    )
}

/// `teal generate nginx`.
struct GenerateNginxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nginx",
        abstract: "Print a whole site of nginx for a service: TLS, security headers, limits, upgrades.",
        discussion: """
            Without `--proxy-pass` it leads to the upstream in Teal's own file of nginx, so that the site never changes. \
            With it, it leads to that address in one line, which Teal rewrites at a switch.
            """
    )

    @Argument(help: .init("The service.", valueName: "service"))
    var service: ServiceName
    @Option(help: .init("The project's file.", valueName: "path"), completion: .file())
    var file: String = ProjectFile.usualName
    @Option(name: [.short, .long], help: .init("The environment.", valueName: "name"))
    var environment: EnvironmentName?
    @Option(help: .init("A host name instead of those of the service's routes; may be repeated.", valueName: "name"))
    var host: [String] = []
    @Option(help: .init("The one address that the site leads to.", valueName: "address:port"))
    var proxyPass: String?
    @Option(help: .init("Files that are served beside the service's paths.", valueName: "directory"))
    var root: String?
    @Option(help: .init("The certificate; certbot's of the first host without one.", valueName: "path"))
    var certificate: String?
    @Option(help: .init("The certificate's key; certbot's without one.", valueName: "path"))
    var key: String?
    @Option(help: .init("Where certbot puts its answers.", valueName: "directory"))
    var webroot: String = NginxSiteOptions().webroot
    @Option(
        help: .init("What browsers are told to remember of HTTPS.", valueName: "off|host|subdomains|preload")
    )
    var hsts: NginxSiteOptions.TransportSecurity = .host
    @Option(help: .init("The Content-Security-Policy.", valueName: "policy"))
    var csp: String?
    @Option(help: .init("Requests a second from one address; 0 for no limit.", valueName: "number"))
    var rate: Int = 10
    @Option(help: .init("How many more may come at once.", valueName: "number"))
    var burst: Int = NginxSiteOptions().burst
    @Option(help: .init("Where the site's own logs go.", valueName: "directory"))
    var logDirectory: String = NginxSiteOptions().logDirectory
    @Option(help: .init("A port of the loopback where Teal asks in plain HTTP; 0 for none.", valueName: "port"))
    var probePort: Int = 7081

    func validate() throws {
        if let proxyPass, Self.endpoint(proxyPass) == nil {
            throw ValidationError("'\(proxyPass)' is not an address with a port, such as 127.0.0.1:8000.")
        }
        guard rate >= 0, burst >= 0 else { throw ValidationError("`--rate` and `--burst` are not below 0.") }
        guard (0...65_535).contains(probePort) else { throw ValidationError("`--probe-port` is a number up to 65535.") }
        guard (certificate == nil) == (key == nil) else {
            throw ValidationError("Give `--certificate` and `--key`, or neither.")
        }
    }

    mutating func run() async throws {
        let (name, spec) = try ProjectFile(path: file, environment: environment).service(service)
        do throws(NginxSiteFaults) {
            // The site brings the end of its last line along.
            Console.current.out(String(try NginxSite(name, spec, options: options).text.dropLast()))
        } catch {
            throw Problem(
                "cli.no-site",
                "nothing has been changed: \(service) cannot have such a site: \(error.lines[0])",
                at: Array(error.lines.dropFirst()),
                next: ["Change the options, or the service in \(file)"]
            )
        }
    }

    private var options: NginxSiteOptions {
        var options = NginxSiteOptions()
        options.hosts = host
        if let endpoint = proxyPass.flatMap({ Self.endpoint($0) }) { options.backend = .address(endpoint) }
        options.root = root
        options.certificate = certificate
        options.key = key
        options.webroot = webroot
        options.transportSecurity = hsts
        options.contentSecurityPolicy = csp
        options.requestsPerSecond = rate == 0 ? nil : rate
        options.burst = burst
        options.logDirectory = logDirectory
        options.log = "\(logDirectory)/teal.log"
        options.probePort = probePort == 0 ? nil : probePort
        return options
    }

    private static func endpoint(_ text: String) -> Endpoint? {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (1...65_535).contains(port)
        else { return nil }
        let host = text[..<colon].filter { $0 != "[" && $0 != "]" }
        let isAddress =
            !host.isEmpty
            && host.utf8.allSatisfy { byte in
                byte == UInt8(ascii: ".") || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "-")
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            }
        return isAddress ? Endpoint(address: host, port: port) : nil
    }
}
