import Foundation

/// The image of the sample service, built from its Dockerfile by the Engine's own builder.
package enum SampleImage {
    /// The name that it has on a lab's engine.
    package static let name = "teal-sample:lab"

    /// The variable that names the static program; `scripts/sample-program` makes it.
    package static let variable = "TEAL_SAMPLE_STATIC"

    /// Builds the image, unless the engine has it.
    ///
    /// - Throws: ``LabFailure`` when the static program is not there, or with the builder's last line.
    package static func build(on socket: EngineSocket) throws { try build(name, on: socket, label: nil) }

    /// Builds it under another name, as another image.
    ///
    /// - Returns: The name.
    package static func build(on socket: EngineSocket, as name: String) throws -> String {
        try build(name, on: socket, label: name)
        return name
    }

    /// Builds it under another name, with a label that makes it another image, and further lines of a Dockerfile.
    static func build(_ name: String, on socket: EngineSocket, label: String?, settings: [String] = []) throws {
        guard try socket.request("GET", "/images/\(name)/json").status != 200 else { return }
        let root = FileManager.default.currentDirectoryPath
        let program = ProcessInfo.processInfo.environment[variable] ?? root + "/.build-sample/stripped/teal-sample"
        guard let bytes = FileManager.default.contents(atPath: program) else {
            throw LabFailure("there is no \(program): make it with scripts/sample-program, or set \(variable)")
        }
        let dockerfile = root + "/Sources/teal-sample/Dockerfile"
        guard let text = FileManager.default.contents(atPath: dockerfile) else {
            throw LabFailure("there is no \(dockerfile): run from the package's folder")
        }
        let more = (label.map { ["LABEL version=\($0)"] } ?? []) + settings
        let labelled = text + Data(more.map { "\n\($0)\n" }.joined().utf8)
        try ImageContext([.init("Dockerfile", labelled, 0o644), .init("teal-sample", bytes, 0o755)]).build(
            name,
            on: socket
        )
    }
}
