package import TealCore
package import TealDriverKit

extension ReleaseEnvironments {
    /// A probe's result with every known secret value of a release masked in what the release itself said.
    ///
    /// To be asked before a result is kept or told: an answer, or the last line of a check, may say anything.
    package func masked(_ result: ProbeResult, of release: Release) async -> ProbeResult {
        guard case .failed(let failure) = result else { return result }
        func own(_ text: String) async -> String { await masked([text], of: release).first ?? "" }
        switch failure {
        case .commandFailed(let code, let line):
            return .failed(.commandFailed(exitCode: code, lastLine: await own(line)))
        case .bodyDiffers(let expected, let got): return .failed(.bodyDiffers(expected: expected, got: await own(got)))
        case .headerDiffers(let name, let expected, let got?):
            return .failed(.headerDiffers(name: name, expected: expected, got: await own(got)))
        case .redirected(let status, let to): return .failed(.redirected(status: status, to: await own(to)))
        case .notHTTP(let text): return .failed(.notHTTP(await own(text)))
        case .notReady(let text): return .failed(.notReady(await own(text)))
        case .otherProtocol(let store, let got): return .failed(.otherProtocol(store, got: await own(got)))
        default: return result
        }
    }
}
