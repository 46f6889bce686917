import TealCore
import TealDriverKit
import TealEngine

/// The images of this host and of the registries that its releases are from.
struct ReleaseImages: Sendable {
    let source: any ImageSource
    /// Who pulls a release's image.
    let login: @Sendable (Release) async throws(SecretError) -> ImageLogin?

    /// Whether a release's image is on the host.
    func isHere(_ release: Release) async -> Bool { await source.hasImage(of: release) }

    /// Why a release's image is neither on the host nor to be had again; nil when it is one of both.
    func whyGone(_ release: Release) async -> String? {
        guard await !isHere(release) else { return nil }
        guard case .image(let digest) = release.content else {
            return "it was never pushed, and is not on this host any more"
        }
        guard case .image(let text) = release.spec.source, let written = ImageReference(parsing: text),
            let reference = ImageReference(parsing: "\(written.name)@\(digest)")
        else { return "its name is not known any more" }
        let login: ImageLogin?
        do throws(SecretError) {
            login = try await self.login(release)
        } catch {
            return SecretWords.text(error)
        }
        do throws(ImageError) {
            _ = try await source.find(reference, for: login)
            return nil
        } catch {
            return ImageWords.text(error, reference)
        }
    }
}
