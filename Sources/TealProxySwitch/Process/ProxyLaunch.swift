import Glibc

/// What the proxy is started with.
package struct ProxyLaunch: Hashable, Sendable {
    /// The variable that names another program than the one beside `teal`; for tests and for trying a build.
    package static let programVariable = "TEAL_PROXY"

    /// The path of `teal-proxy`.
    package var program: String
    /// Holds the proxy's lock, its table and its log; made when missing.
    package var stateDirectory: String
    /// The Unix socket that the proxy listens on, at most 107 bytes.
    package var controlPath: String
    /// `address:port`, for users; port 0 lets the system choose.
    package var publicListeners: [String]
    /// `address:port`, for services of this host.
    package var internalListeners: [String]
    /// Event loops; nil for one per processor.
    package var loops: Int?

    package init(
        program: String,
        stateDirectory: String,
        controlPath: String,
        publicListeners: [String],
        internalListeners: [String] = [],
        loops: Int? = nil
    ) {
        self.program = program
        self.stateDirectory = stateDirectory
        self.controlPath = controlPath
        self.publicListeners = publicListeners
        self.internalListeners = internalListeners
        self.loops = loops
    }

    /// Where `teal-proxy` is: what ``programVariable`` says, else beside the running program.
    package static func defaultProgram(environment: [String: String]) -> String {
        if let path = environment[programVariable], !path.isEmpty { return path }
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let slash = path.lastIndex(of: "/") else { return "teal-proxy" }
        return path[...slash] + "teal-proxy"
    }

    var logPath: String { stateDirectory + "/proxy.log" }

    var arguments: [String] {
        var words = [program, "--state-dir", stateDirectory, "--control", controlPath]
        for place in publicListeners { words += ["--listen", place] }
        for place in internalListeners { words += ["--internal", place] }
        if let loops { words += ["--loops", "\(loops)"] }
        return words
    }
}
