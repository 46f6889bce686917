import Glibc
import TealStore

/// The reserve on the disk that holds the home.
struct ReserveHold: Sendable {
    let home: Home

    func hold() -> Bool { ReserveFile(path: home.reserve).hold() }

    var isHeld: Bool { access(home.reserve, F_OK) == 0 }
}
