import CTealSystem
import Dispatch
import Foundation
import Glibc
package import TealCore
import TealShimWire

/// An image that `docker build` makes, for whoever works on its sources.
package struct DockerBuild: Sendable {
    /// What follows the program, without tag.
    private let arguments: [String]
    /// The Dockerfile for the standard input; nil for one that is a file.
    private let dockerfile: String?
    /// The name that it gets.
    private let image: String
    private let socket: String

    package init(arguments: [String], dockerfile: String?, image: String, dockerSocket: String?) {
        self.arguments = arguments
        self.dockerfile = dockerfile
        self.image = image
        socket = LocalEngine.socket(dockerSocket)
    }

    /// Builds it; the program writes to this process's errors and reads its surroundings.
    ///
    /// - Returns: The image's ID.
    /// - Throws: `dev.build` when there is no image at the end.
    package func run() async throws(Problem) -> String {
        let result: Result<String, Problem> = await withCheckedContinuation { [self] continuation in
            // Builds take minutes, and a thread of the pool must not wait for them.
            DispatchQueue.global().async {
                do throws(Problem) {
                    continuation.resume(returning: .success(try build()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    private func build() throws(Problem) -> String {
        let environment = ProcessInfo.processInfo.environment
        let places = (environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":").map(String.init)
        guard let program = places.map({ $0 + "/docker" }).first(where: { access($0, X_OK) == 0 }) else {
            throw failed("there is no program `docker` in PATH", ["Install Docker's command line (docker-cli)"])
        }
        let directory =
            FileManager.default.temporaryDirectory.path + "/teal-build-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        guard mkdir(directory, 0o700) == 0 else {
            throw failed("\(directory): \(String(cString: strerror(errno)))", [])
        }
        // Nobody looks for it any more.
        defer { try? Files.removeTree(directory) }
        var input: Int32 = -1
        if let dockerfile {
            let path = directory + "/Dockerfile"
            do throws(SystemError) { try Files.replace(path, with: Array(dockerfile.utf8)) } catch {
                throw failed("\(error)", [])
            }
            input = open(path, O_RDONLY | O_CLOEXEC)
        }
        defer { if input >= 0 { close(input) } }
        var variables = environment
        variables["DOCKER_HOST"] = "unix://" + socket
        let words = Self.words(arguments, &variables)
        var spawn = Spawn(
            program: program,
            arguments: ["build", "--tag", image, "--iidfile", directory + "/id"] + words,
            environment: variables.map { "\($0.key)=\($0.value)" }.sorted(),
            directory: nil
        )
        // Ctrl-C is for it as well.
        (spawn.input, spawn.output, spawn.error, spawn.newSession) = (input, 2, 2, false)
        let pid: pid_t
        do throws(SpawnError) { pid = try spawn.run() } catch { throw failed("\(error)", []) }
        let code = teal_wait_for(pid)
        // Without an image there is none.
        let id = ((try? Files.text(directory + "/id")) ?? nil)?.filter { !$0.isWhitespace } ?? ""
        guard code == 0, !id.isEmpty else {
            throw failed("`docker build` says above why", ["Mend that, then `teal dev` again"])
        }
        return id
    }

    /// Hands values of build arguments over in the surroundings, where they do not stand in lists of processes.
    ///
    /// One whose name has another value there, or that the program itself goes by, stays an argument.
    package static func words(_ arguments: [String], _ variables: inout [String: String]) -> [String] {
        var words: [String] = []
        for argument in arguments {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard words.last == "--build-arg", parts.count == 2,
                variables[parts[0], default: parts[1]] == parts[1],
                !["DOCKER_", "LD_"].contains(where: parts[0].hasPrefix)
            else {
                words.append(argument)
                continue
            }
            variables[parts[0]] = parts[1]
            words.append(parts[0])
        }
        return words
    }

    private func failed(_ why: String, _ next: [String]) -> Problem {
        Problem("dev.build", "nothing has been changed: the image \(image) could not be built: \(why)", next: next)
    }
}
