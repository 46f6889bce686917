import Glibc
import TealCore
import TealDriverKit
import TealEngine

/// Writes `.current_env` files: the active slot's name and a line end.
struct CurrentEnvFile: ActiveMarker {
    let home: Home

    func mark(_ slot: Slot?, of service: ServiceKey, alsoAt path: String?) async throws(RuntimeError) {
        try write(slot, to: home.currentEnvironment(of: service))
        if let path { try write(slot, to: path) }
    }

    /// The slot that a service's file names; nil without a readable file.
    func marked(_ service: ServiceKey) -> String? { TextFile.firstLine(home.currentEnvironment(of: service)) }

    private func write(_ slot: Slot?, to path: String) throws(RuntimeError) {
        guard let slot else {
            guard unlink(path) == 0 || errno == ENOENT else {
                throw .refused("\(path): \(String(cString: strerror(errno)))")
            }
            return
        }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            _ = DirectoryTree.make(String(path[..<slash]))
        }
        let text = "\(slot)\n"
        guard TextFile.read(path) != text else { return }
        let code = TextFile.replace(path, with: text)
        if code == ENOSPC || code == EDQUOT { throw .diskFull(path: path) }
        if code != 0 { throw .refused("\(path): \(String(cString: strerror(code)))") }
    }
}
