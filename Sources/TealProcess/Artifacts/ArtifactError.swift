import TealCore
import TealDriverKit
import TealShimWire

/// Why an artifact cannot be kept or unpacked.
enum ArtifactError: Error, Hashable {
    case archive(TarError)
    case system(SystemError)
    /// What unpacks gzip ended with an error.
    case notGzip
    /// Something that was unpacked is not as it was.
    case changed(String)

    /// The same in the engine's words.
    var inRuntime: RuntimeError {
        switch self {
        case .archive(let error): .contentDamaged("\(error)")
        case .system(let error): RuntimeError(error)
        case .notGzip: .contentDamaged("the archive is no whole gzip file")
        case .changed(let path): .contentDamaged("'\(path)' is not as it was unpacked")
        }
    }
}

/// Makes a system call's failure the artifact's.
@discardableResult
func forArtifact<Value>(_ body: () throws(SystemError) -> Value) throws(ArtifactError) -> Value {
    do throws(SystemError) {
        return try body()
    } catch {
        throw .system(error)
    }
}
