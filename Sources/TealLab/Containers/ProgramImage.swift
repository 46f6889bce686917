import Foundation

/// An image of one program of this host, with the libraries that it loads and nothing else.
package struct ProgramImage: Hashable, Sendable {
    package let name: String
    private let program: String
    /// Lines of the Dockerfile after the program is in place.
    private let settings: [String]
    /// Whether it has the tools of busybox, under `/busybox`.
    private var hasTools = false

    private init(name: String, program: String, settings: [String]) {
        self.name = name
        self.program = program
        self.settings = settings
    }

    /// Redis, from the server that is installed here; it keeps nothing on disk.
    package static let redis = ProgramImage(
        name: "teal-lab-redis:lab",
        program: "/usr/bin/redis-server",
        settings: [
            "EXPOSE 6379",
            "CMD [\"--bind\", \"0.0.0.0\", \"--protected-mode\", \"no\", \"--save\", \"\", \"--appendonly\", \"no\"]",
        ]
    )

    /// Redis as an accessory whose versions differ, with tools beside it; listens on `port`.
    package static func store(_ version: String, port: Int = 6379) -> ProgramImage {
        var image = ProgramImage(
            name: "teal-lab-store:\(version)",
            program: "/usr/bin/redis-server",
            settings: [
                "EXPOSE 6379", "LABEL version=\(version)",
                """
                CMD ["--bind", "0.0.0.0", "--protected-mode", "no", "--save", "", "--appendonly", "no", "--port", "\(port)"]
                """,
            ]
        )
        image.hasTools = true
        return image
    }

    /// The load generator of this build.
    package static func load(_ programs: LabPrograms) -> ProgramImage {
        ProgramImage(name: "teal-lab-load:lab", program: programs.load, settings: [])
    }

    /// Builds the image, unless the engine has it.
    ///
    /// - Throws: ``LabFailure`` when the program is not there.
    package func build(on socket: EngineSocket) async throws {
        guard try socket.request("GET", "/images/\(name)/json").status != 200 else { return }
        let libraries = try await libraries()
        guard let bytes = FileManager.default.contents(atPath: program) else {
            throw LabFailure("there is no \(program)")
        }
        var files: [ImageContext.File] = [.init("program", bytes, 0o755)]
        var lines = ["FROM scratch", "COPY program /program", "COPY libraries /libraries"]
        for path in libraries {
            guard let bytes = FileManager.default.contents(atPath: path) else {
                throw LabFailure("there is no \(path)")
            }
            let file = String(path.split(separator: "/").last ?? "")
            // The loader is named by the program itself; the others are looked for where the variable says.
            let isLoader = file.hasPrefix("ld-linux")
            files.append(.init(isLoader ? file : "libraries/\(file)", bytes, 0o755))
            if isLoader { lines.append("COPY \(file) \(path)") }
        }
        if hasTools {
            let places = ["/bin/busybox", "/usr/bin/busybox"]
            guard let tools = places.lazy.compactMap({ FileManager.default.contents(atPath: $0) }).first else {
                throw LabFailure("there is no busybox: apt-get install busybox-static")
            }
            files.append(.init("busybox", tools, 0o755))
            lines.append("COPY busybox /busybox")
        }
        lines += ["ENV LD_LIBRARY_PATH=/libraries", "USER 65532:65532"] + settings + ["ENTRYPOINT [\"/program\"]"]
        files.append(.init("Dockerfile", Data((lines.joined(separator: "\n") + "\n").utf8), 0o644))
        try ImageContext(files).build(name, on: socket)
    }

    /// Paths of what the program loads, with the loader itself.
    private func libraries() async throws -> [String] {
        let text = try await Child.output(of: ["/usr/bin/ldd", program])
        let words = text.split(separator: "\n").map { $0.split(separator: " ") }
        let found = words.compactMap { line in
            line.first { $0.hasSuffix("=>") } == nil ? line.first : line.dropFirst(2).first
        }
        let paths = found.map { $0.trimmingCharacters(in: .whitespaces) }.filter { $0.hasPrefix("/") }
        guard !paths.isEmpty else { throw LabFailure("\(program) loads nothing: \(text)") }
        return paths
    }
}
