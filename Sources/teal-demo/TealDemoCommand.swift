import ArgumentParser
import Glibc
import TealDemo

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Shows good and bad releases of a service under load.
@main
struct TealDemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "teal-demo",
        abstract: "Release a service blue to green under load, with good and bad releases.",
        discussion: """
            Starts a daemon and a proxy in a throw-away home and drives the teal command line as a person would. Ends \
            with 0 only when every release ended as it had to, no request failed and nothing was cut.
            """
    )

    @Flag(help: "Waits as short as they can be, for a quick check.")
    var short = false
    @Flag(help: "Run the releases as containers, of the Docker Engine at DOCKER_HOST or its usual socket.")
    var docker = false
    @Option(help: .init("The image of the sample service, for --docker.", valueName: "reference"))
    var image = "teal-sample:latest"
    @Flag(help: "Leave the home, its logs and the generator's report behind.")
    var keep = false
    @Option(help: .init("Requests a second, 200 to 1000.", valueName: "number"))
    var rate = 250
    @Option(help: .init("Where the result is written.", valueName: "file"))
    var results = "results/demo.json"
    @Option(help: .init("Where Teal's programs are; beside this one without it.", valueName: "directory"))
    var programs: String?

    func validate() throws {
        guard DemoOptions.rates.contains(rate) else {
            throw ValidationError("The rate is \(rate); it must be 200 to 1000.")
        }
    }

    func run() throws {
        // Without /proc there is no Teal either.
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let beside = own.lastIndex(of: "/").map { String(own[..<$0]) } ?? "."
        var options = DemoOptions(programs: programs ?? beside, resultFile: results)
        options.isShort = short
        options.keepsHome = keep
        options.rate = rate
        if docker {
            let host = ProcessInfo.processInfo.environment["DOCKER_HOST"] ?? ""
            let socket = host.hasPrefix("unix://") ? String(host.dropFirst("unix://".count)) : "/var/run/docker.sock"
            options.runtime = .containers(image: image, socket: socket)
        }
        throw ExitCode(DemoProgram.run(options))
    }
}
