import TealCompose
import TealCore

/// Which services a file may speak of: its own, and those of Compose files, which have two names each.
struct ServiceNames {
    /// The names under `services`.
    let own: [String]
    /// The Compose files of the same environment.
    let compose: ReadCompose?
    /// Whether Compose files could not be read, or are others: then any name may be one of theirs.
    let isOpen: Bool

    /// The service that a text stands for; nil for none.
    func service(_ text: String) -> ServiceName? {
        if let written = compose?.written(text) { return ComposeTranslation.name(of: written) }
        // A text that is no name stands for nothing.
        guard own.contains(text) || isOpen else { return nil }
        return try? ServiceName(parsing: text)
    }

    var all: [String] { own + (compose?.services ?? []).filter { !own.contains($0) } }
}
