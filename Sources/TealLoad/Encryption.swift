import NIOCore
import NIOSSL

/// TLS to the server, whose certificate has to be valid for the host name that is asked for.
struct Encryption {
    private let context: NIOSSLContext
    private let name: String

    /// - Throws: What NIOSSL says of a file that cannot be read, or of a name that is none.
    init(_ options: Options) throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let path = options.authorities { configuration.trustRoots = .file(path) }
        // HTTP/1.1 is all that is spoken here.
        configuration.applicationProtocols = ["http/1.1"]
        context = try NIOSSLContext(configuration: configuration)
        name = String(options.hostField.prefix { $0 != ":" })
    }

    /// Encrypts a connection before anything else sees it.
    func add(to channel: any Channel) throws {
        let handler = try NIOSSLClientHandler(context: context, serverHostname: name)
        try channel.pipeline.syncOperations.addHandler(handler, position: .first)
    }
}
