import Foundation

/// Reads small files of the person's machine.
enum LocalFile {
    enum Kind { case directory, file, other }

    enum Failure: Error {
        case missing
        case notRegular
        case tooLarge
        case notText
        case unreadable(String)

        /// For use behind a file's name: `teal.yml does not exist`.
        func phrase(bytesMax: Int) -> String {
            switch self {
            case .missing: "does not exist"
            case .notRegular: "is not a regular file"
            case .tooLarge: "is larger than \(SizeText.text(bytesMax))"
            case .notText: "is not UTF-8 text"
            case .unreadable(let reason): "cannot be read: \(reason)"
            }
        }
    }

    /// The process's working directory.
    static var workingDirectory: String { FileManager.default.currentDirectoryPath }

    /// What is at `path`, symbolic links followed; nil when nothing is.
    static func kind(_ path: String) -> Kind? {
        // An unresolvable link is the same as no file: both are reported as missing.
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: target) else { return nil }
        switch attributes[.type] as? FileAttributeType {
        case .typeDirectory: return .directory
        case .typeRegular: return .file
        default: return .other
        }
    }

    /// The permissions of what is at `path`, symbolic links followed; nil when nothing is.
    static func mode(_ path: String) -> Int? {
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        // Nothing can be said of a file that cannot be looked at; whoever reads it says why.
        return (try? FileManager.default.attributesOfItem(atPath: target))?[.posixPermissions] as? Int
    }

    /// The file's text.
    static func text(_ path: String, bytesMax: Int) throws(Failure) -> String {
        switch kind(path) {
        case nil: throw .missing
        case .directory, .other: throw .notRegular
        case .file: break
        }
        let data: Data
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer {
                // Closing a file that was only read cannot lose anything.
                try? handle.close()
            }
            data = try handle.read(upToCount: bytesMax + 1) ?? Data()
        } catch {
            throw .unreadable(FileManager.default.isReadableFile(atPath: path) ? "\(error)" : "permission denied")
        }
        guard data.count <= bytesMax else { throw .tooLarge }
        guard let text = String(validating: data, as: UTF8.self) else { throw .notText }
        return text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
    }

    /// Whether the regular file at `path` may be executed.
    static func isProgram(_ path: String) -> Bool {
        kind(path) == .file && FileManager.default.isExecutableFile(atPath: path)
    }

    /// The names in a directory, sorted; empty when it cannot be read.
    static func names(in directory: String) -> [String] {
        // Only used to guess a start command; a directory that cannot be read offers none.
        ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
    }

    /// The directory that the file at `path` is in, as an absolute path.
    static func directory(of path: String) -> String {
        let absolute = absolute(path, from: absolute(".", from: workingDirectory))
        return String(absolute[..<(absolute.lastIndex(of: "/") ?? absolute.startIndex)])
    }

    /// `path` as an absolute path; a relative one begins at `directory`, and `~/` at the home directory.
    static func absolute(_ path: String, from directory: String) -> String {
        if path.hasPrefix("~/") { return NSHomeDirectory() + path.dropFirst(1) }
        if path.hasPrefix("/") { return URL(fileURLWithPath: path).standardized.path }
        return URL(fileURLWithPath: directory).appendingPathComponent(path).standardized.path
    }
}
