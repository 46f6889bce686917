import Logging
import TealCore
import TealDriverKit
import TealEngine

/// Containers that were claimed for an adoption which was never written down, since the daemon ended before.
struct AdoptionClaims: Sendable {
    let adopter: any ContainerAdopter
    let environments: SealedEnvironments
    let logger: Logger

    /// Lets them go, before anything looks at them as replicas: they stay as they are, and can be adopted again.
    ///
    /// - Parameter known: The releases that are written down.
    func letGo(besides known: [ReleaseRecord]) async {
        let known = Set(known.map(\.id))
        for (replica, release) in adopter.adopted().sorted(by: { $0.key < $1.key }) where !known.contains(release) {
            do throws(RuntimeError) {
                try await adopter.letGo(replica)
                await environments.forget(release)
                logger.notice(
                    "Adoption that was cut short is taken back",
                    metadata: ["replica": "\(replica)", "release.id": "\(release)"]
                )
            } catch {
                logger.warning(
                    "Adoption that was cut short cannot be taken back yet",
                    metadata: ["replica": "\(replica)", "error": "\(RuntimeWords.text(error))"]
                )
            }
        }
    }
}
