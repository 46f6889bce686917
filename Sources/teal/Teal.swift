import Glibc
import TealCommands
import TealDaemon

/// The program: hands its arguments over, adds the daemon, and ends with the code that comes back.
@main
struct Teal {
    static func main() async {
        let code = await TealProgram.run(
            Array(CommandLine.arguments.dropFirst()),
            serve: { options in try await serve(options) },
            workshop: .ofDaemon
        )
        exit(code)
    }

    private static func serve(_ options: ServeOptions) async throws {
        var daemon = DaemonOptions(home: options.home)
        daemon.socket = options.socket
        daemon.trafficSwitch = options.trafficSwitch
        daemon.nginx = options.nginx
        daemon.listen = options.listen
        daemon.internalListen = options.internalListen
        daemon.dockerSocket = options.dockerSocket
        daemon.dockerSubnets = options.dockerSubnets
        DaemonMemory.keepSmall()
        // Cancelled when the daemon ends.
        async let _: Void = DaemonMemory.releaseStart()
        try await DaemonProgram.run(daemon)
    }
}
