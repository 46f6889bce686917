import TealCore

/// In which boot the daemon last looked at what runs before it published its table.
///
/// Only within one boot may a route stay on a run that cannot be seen: after another one it cannot run any more.
struct LastBoot: Sendable {
    let path: String

    /// Whether the last look was in this boot; false where that is not known.
    func isSame(_ boot: BootID) -> Bool { TextFile.firstLine(path) == "\(boot)" }

    /// To be called once what does not run is out of the journalled table.
    func note(_ boot: BootID) {
        guard !isSame(boot) else { return }
        // What cannot be written only makes the next start more careful.
        _ = TextFile.replace(path, with: "\(boot)\n")
    }
}
