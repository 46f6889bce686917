import Foundation

/// Where the programs of the build are.
package struct LabPrograms: Hashable, Sendable {
    /// The variable that names another directory.
    package static let variable = "TEAL_BIN"

    package let directory: String

    package var teal: String { directory + "/teal" }
    package var proxy: String { directory + "/teal-proxy" }
    package var sample: String { directory + "/teal-sample" }
    package var load: String { directory + "/teal-load" }

    /// Finds the directory: what ``variable`` says, else that of the running program or, for a test bundle, of its build.
    ///
    /// - Throws: ``LabFailure`` naming the programs that are missing there.
    package init() throws {
        if let named = ProcessInfo.processInfo.environment[Self.variable], !named.isEmpty {
            directory = named
        } else {
            let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            directory = String(own.prefix(upTo: own.lastIndex(of: "/") ?? own.endIndex))
        }
        let missing = ["teal", "teal-proxy", "teal-sample", "teal-shim", "teal-load"].filter {
            !FileManager.default.isExecutableFile(atPath: directory + "/" + $0)
        }
        guard missing.isEmpty else {
            let names = missing.joined(separator: ", ")
            throw LabFailure("\(directory) has no \(names): build them first, or set TEAL_BIN")
        }
    }
}
