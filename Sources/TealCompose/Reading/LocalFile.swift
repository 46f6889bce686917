import Foundation

/// Reads small files of this machine, and works with paths as texts.
enum LocalFile {
    /// The largest file that is read, in bytes.
    static let bytesMax = 4 << 20

    enum Failure: Error {
        case missing
        case directory
        case tooLarge
        case notText
        case unreadable(String)

        /// For use behind a file's name: `compose.yml does not exist`.
        var phrase: String {
            switch self {
            case .missing: "does not exist"
            case .directory: "is a directory"
            case .tooLarge: "is larger than 4 MiB"
            case .notText: "is not UTF-8 text"
            case .unreadable(let reason): "cannot be read: \(reason)"
            }
        }

        /// What to do with the file itself; nil where another one is meant.
        var advice: String? {
            switch self {
            case .notText: "Save it as UTF-8."
            case .tooLarge: "Split it."
            case .missing, .directory, .unreadable: nil
            }
        }
    }

    /// The process's working directory.
    static var workingDirectory: String { FileManager.default.currentDirectoryPath }

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    static func isDirectory(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }

    /// The file's text, without a byte order mark.
    static func text(_ path: String) throws(Failure) -> String {
        guard exists(path) else { throw .missing }
        guard !isDirectory(path) else { throw .directory }
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
        return try text(of: data)
    }

    static func text(of data: Data) throws(Failure) -> String {
        guard data.count <= bytesMax else { throw .tooLarge }
        guard let text = String(validating: data, as: UTF8.self) else { throw .notText }
        return text.unicodeScalars.first == "\u{FEFF}"
            ? String(String.UnicodeScalarView(text.unicodeScalars.dropFirst())) : text
    }

    /// Standard input to its end.
    static func standardInput() throws(Failure) -> String {
        do {
            return try text(of: FileHandle.standardInput.readToEnd() ?? Data())
        } catch let failure as Failure {
            throw failure
        } catch {
            throw .unreadable("\(error)")
        }
    }

    /// The path with its first symbolic link followed; the same path where there is none.
    static func withoutLink(_ path: String) -> String {
        var current = ""
        for part in path.split(separator: "/") {
            current += "/\(part)"
            // Most parts are no links; one that cannot be read is left as it is.
            guard (try? FileManager.default.destinationOfSymbolicLink(atPath: current)) != nil else { continue }
            let target = URL(fileURLWithPath: current).resolvingSymlinksInPath().path
            return target + path.dropFirst(current.count)
        }
        return path
    }
}
