import Foundation

/// Reads small files beside the one that is imported.
enum ForeignFile {
    /// The largest file, in bytes.
    static let bytesMax = 1 << 20

    /// The file's text.
    static func text(_ path: String) throws(ImportFailure) -> String {
        var isDirectory = ObjCBool(false)
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw .unreadable(path: path, reason: "does not exist")
        }
        if isDirectory.boolValue { throw .unreadable(path: path, reason: "is a directory") }
        let type =
            try? FileManager.default.attributesOfItem(
                atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path
            )[.type] as? FileAttributeType
        guard type == .typeRegular else { throw .unreadable(path: path, reason: "is not a regular file") }
        let data: Data
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer {
                // Closing a file that was only read cannot lose anything.
                try? handle.close()
            }
            data = try handle.read(upToCount: bytesMax + 1) ?? Data()
        } catch {
            throw .unreadable(path: path, reason: "cannot be read")
        }
        guard data.count <= bytesMax else { throw .unreadable(path: path, reason: "is larger than 1m") }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw .unreadable(path: path, reason: "is not UTF-8 text")
        }
        return text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
    }

    /// The text of a file that may be missing; nil where there is none that can be read.
    static func optionalText(_ path: String) -> String? {
        // Such files only add hints; the import works without them.
        try? text(path)
    }

    /// Whether the file at `path` may be executed.
    static func isProgram(_ path: String) -> Bool {
        !isDirectory(path) && FileManager.default.isExecutableFile(atPath: path)
    }

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    static func isDirectory(_ path: String) -> Bool {
        var isDirectory = ObjCBool(false)
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }

    /// The names in a directory, sorted; none where it cannot be read.
    static func names(in directory: String) -> [String] {
        // Such directories only add hints; the import works without them.
        ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
    }

    static var workingDirectory: String { FileManager.default.currentDirectoryPath }

    /// `path` as an absolute path without `.` and `..`; a relative one begins at `directory`.
    static func absolute(_ path: String, from directory: String) -> String {
        if path.hasPrefix("/") { return URL(fileURLWithPath: path).standardized.path }
        return URL(fileURLWithPath: directory).appendingPathComponent(path).standardized.path
    }

    /// The directory that a file is in.
    static func directory(of path: String) -> String {
        URL(fileURLWithPath: path).deletingLastPathComponent().standardized.path
    }

    /// The way from one absolute directory to another: `.`, `../api` or `services/api`.
    static func relative(_ path: String, to base: String) -> String {
        let from = base.split(separator: "/")
        let goal = path.split(separator: "/")
        let shared = zip(from, goal).prefix { $0 == $1 }.count
        let steps = Array(repeating: "..", count: from.count - shared) + goal.dropFirst(shared).map(String.init)
        return steps.isEmpty ? "." : steps.joined(separator: "/")
    }
}
