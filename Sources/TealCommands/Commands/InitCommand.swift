import ArgumentParser
import TealAPI
import TealConfig
import TealCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `teal init`.
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a first project file, with every key explained.",
        discussion: """
            Needs no daemon. An existing file is never changed. With `--from` it is the smallest file for the services of \
            Compose files, and it is told what was decided and what cannot be carried over.
            """
    )

    @Option(
        help: .init(
            "A Compose file whose services are released; more than one are laid over each other.",
            valueName: "path"
        ),
        completion: .file(extensions: ["yaml", "yml"])
    )
    var from: [String] = []
    @Option(help: .init("The project; the directory's or the Compose project's name without one.", valueName: "name"))
    var project: ProjectName?
    @Option(help: .init("The first service; with `--from` the one that takes requests.", valueName: "name"))
    var service: String?
    @Option(help: .init("The directory or tarball that it runs from.", valueName: "path"), completion: .file())
    var artifact: String?
    @Option(help: .init("The image that it runs from.", valueName: "reference"))
    var image: String?
    @Option(help: .init("The program and its arguments.", valueName: "command"))
    var command: String?
    @Option(help: .init("The port that it listens on; 8080 without one.", valueName: "port"))
    var port: Int?
    @Option(help: .init("The host name that its users ask for.", valueName: "name"))
    var host: String?
    @Option(help: .init("The file to write.", valueName: "path"), completion: .file())
    var file: String = ProjectFile.usualName

    func validate() throws {
        guard artifact == nil || image == nil else {
            throw ValidationError("Give `--artifact` or `--image`, not both.")
        }
        if let image, ImageReference(parsing: image) == nil {
            throw ValidationError("'\(image)' is not an image's name, such as ghcr.io/acme/shop:1.4.2.")
        }
        if !from.isEmpty {
            let other = [
                ("artifact", artifact), ("image", image), ("command", command), ("port", port.map { "\($0)" }),
            ]
            if let given = other.first(where: { $0.1 != nil }) {
                throw ValidationError("`--\(given.0)` is the Compose file's to say; leave it out beside `--from`.")
            }
        } else if let service, (try? ServiceName(parsing: service)) == nil {
            throw ValidationError("'\(service)' is not a service's name: a-z, 0-9 and '-', a letter first.")
        }
        guard (1...65_535).contains(port ?? 8080) else {
            throw ValidationError("`--port` is a number from 1 to 65535.")
        }
    }

    mutating func run() async throws {
        guard from.isEmpty else {
            return try ComposeStart(files: from, target: file).run(project: project, service: service, host: host)
        }
        let name = try project ?? Self.projectName(of: Self.workingDirectory)
        let text = InitTemplate.render(
            project: name,
            service: try ServiceName(parsing: service ?? "web"),
            source: image.map(ServiceSource.image) ?? .artifact(path: artifact ?? "./build"),
            command: command,
            port: port ?? 8080,
            host: host ?? "\(name).example.com"
        )
        try Self.write(text, to: file)
        let console = Console.current
        console.out("\(console.outputStyle.green("wrote \(file)")) for the project \(name)")
        console.out("  next: look through it, then `teal validate`, `teal plan` and `teal deploy`")
    }

    /// The directory's name with everything made fit that cannot be in a project's name.
    private static func projectName(of directory: String) throws -> ProjectName {
        let last = directory.split(separator: "/").last ?? "project"
        let mapped = last.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        let parts = String(mapped.drop { !$0.isLetter }).split(separator: "-").joined(separator: "-")
        // Cutting may leave a dash at the end.
        let cut = parts.prefix(ProjectName.bytesMax).split(separator: "-").joined(separator: "-")
        return try ProjectName(parsing: cut.isEmpty ? "project" : cut)
    }

    private static var workingDirectory: String {
        guard let path = getcwd(nil, 0) else { return "" }
        defer { free(path) }
        return String(cString: path)
    }

    static func write(_ text: String, to path: String) throws(Problem) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            let isThere = errno == EEXIST
            throw Problem(
                "cli.file-exists",
                isThere
                    ? "nothing has been changed: \(path) exists already"
                    : "nothing has been changed: \(path) cannot be written: \(String(cString: strerror(errno)))",
                next: isThere ? ["Check it with `teal validate`, or write another one with `--file`"] : []
            )
        }
        guard let file = fdopen(descriptor, "w") else {
            close(descriptor)
            return
        }
        fputs(text, file)
        fclose(file)
    }
}

/// `teal schema`.
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of the project's file, for editors.",
        discussion: "Needs no daemon."
    )

    func run() { Console.current.out(JSONSchema.render()) }
}
