import Glibc
import TealAPI
import TealCore
import TealDriverKit
import TealEngine
import TealProcess

/// Artifacts: taken in whole, checked, and kept under their hash.
extension Control {
    func hasArtifact(_ hash: ArtifactHash) async throws(Problem) -> Bool { artifacts.claim(hash.description) }

    func storeArtifact(_ hash: ArtifactHash, bytes: AsyncThrowingStream<[UInt8], any Error>) async throws(Problem) {
        guard !artifacts.claim(hash.description) else { return }
        let path = "\(home.uploads)/\(hash.description)-\(clock.now().nanoseconds).tar"
        defer { unlink(path) }
        try await receive(bytes, at: path)
        do throws(RuntimeError) {
            try artifacts.adopt(tarFile: path, expectedHash: hash.description)
            _ = artifacts.claim(hash.description)
        } catch {
            throw Problem(
                "artifact.refused",
                "nothing has been changed: the artifact was not taken in: \(RuntimeWords.text(error))",
                next: ["Deploy again; the artifact is sent anew"]
            )
        }
    }

    private func receive(_ bytes: AsyncThrowingStream<[UInt8], any Error>, at path: String) async throws(Problem) {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw uploadFailed(String(cString: strerror(errno))) }
        defer { close(file) }
        var total = 0
        do {
            for try await piece in bytes {
                total += piece.count
                guard total <= APILimits.artifactBytesMax else {
                    throw APIProblem.tooLarge(bytesMax: APILimits.artifactBytesMax)
                }
                var offset = 0
                while offset < piece.count {
                    let count = piece[offset...].withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
                    guard count > 0 else { throw uploadFailed(String(cString: strerror(errno))) }
                    offset += count
                }
            }
        } catch let problem as Problem {
            throw problem
        } catch {
            throw uploadFailed("the connection was lost")
        }
        guard fsync(file) == 0 else { throw uploadFailed(String(cString: strerror(errno))) }
    }

    private func uploadFailed(_ why: String) -> Problem {
        Problem(
            "artifact.upload",
            "nothing has been changed: the artifact did not arrive: \(why)",
            next: ["Deploy again; `teal doctor` looks at the disk"]
        )
    }
}
