import Foundation

/// An image of programs of this host at the paths that they have here, with what they load and a shell.
///
/// For servers that begin by a script and look for files of their own; one program alone is a ``ProgramImage``.
package struct HostImage: Hashable, Sendable {
    package let name: String
    /// Absolute paths; libraries that a program loads while it runs are among them.
    let programs: [String]
    /// Directories that are copied whole.
    var folders: [String] = []
    /// The script that the container begins with; it gets the command as its arguments.
    let entry: String
    /// The user's name and number; everything else is root's.
    let user: (name: String, number: Int)
    /// Directories that are the user's alone.
    let directories: [String]
    /// Lines of the Dockerfile after everything is in place.
    let settings: [String]

    private static let shell = "/bin/busybox"

    /// Builds the image, unless the engine has it.
    ///
    /// - Throws: ``LabFailure`` when a program is not there.
    package func build(on socket: EngineSocket) async throws {
        guard try socket.request("GET", "/images/\(name)/json").status != 200 else { return }
        var files: [ImageContext.File] = [.init("entry", Data(entry.utf8), 0o755)]
        let own = try folders.flatMap(Self.files)
        for path in Set(programs + [Self.shell] + own + libraries(try await loaded())).sorted() {
            guard let bytes = FileManager.default.contents(atPath: path) else {
                throw LabFailure("there is no \(path)")
            }
            let isProgram = FileManager.default.isExecutableFile(atPath: path)
            files.append(.init("root" + path, bytes, isProgram ? 0o755 : 0o644))
        }
        let users = "\(user.name):x:\(user.number):\(user.number)::/:/bin/sh\n"
        files.append(.init("root/etc/passwd", Data(users.utf8), 0o644))
        files.append(.init("Dockerfile", Data((dockerfile.joined(separator: "\n") + "\n").utf8), 0o644))
        try ImageContext(files).build(name, on: socket)
    }

    private var dockerfile: [String] {
        let places = directories.joined(separator: " ")
        // The applets by their links: scripts, and programs that start others by a shell, look for them.
        let making =
            "\(Self.shell) --install -s /bin && mkdir -p /tmp \(places) && chmod 1777 /tmp && chmod 700 \(places) && "
            + "chown \(user.number):\(user.number) \(places)"
        let run = "RUN [\"\(Self.shell)\", \"sh\", \"-c\", \"\(making)\"]"
        return ["FROM scratch", "COPY root /", "COPY entry /entry", run]
            + ["USER \(user.number):\(user.number)"] + settings + ["ENTRYPOINT [\"/entry\"]"]
    }

    /// What `ldd` says of all programs.
    private func loaded() async throws -> String {
        try await Child.output(of: ["/usr/bin/ldd"] + programs)
    }

    /// The paths in it, at which the image's own loader finds them too.
    private func libraries(_ text: String) -> [String] {
        text.split(separator: "\n").flatMap { $0.split(separator: " ") }
            .map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { $0.hasPrefix("/") && !$0.hasSuffix(":") }
    }

    private static func files(_ folder: String) throws -> [String] {
        guard let walk = FileManager.default.enumerator(atPath: folder) else {
            throw LabFailure("there is no \(folder)")
        }
        return walk.compactMap { entry in
            guard let entry = entry as? String else { return nil }
            let path = "\(folder)/\(entry)"
            var isDirectory: ObjCBool = false
            let isThere = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
            return isThere && !isDirectory.boolValue ? path : nil
        }
    }
}

extension HostImage {
    package static func == (one: Self, other: Self) -> Bool { one.name == other.name }

    package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
