import Glibc
import TealEngine

/// Stops the daemon at a named point of a rollout until somebody lets it go on; only for the crash tests.
///
/// `TEAL_FAULT_POINT` holds a directory. When a file there has a point's name (`route-route-after-effect`), the daemon
/// renames it to `<name>.reached` and waits until that is removed, or for ten seconds. When there is a file `trace`, the
/// names of all points are added to it as they are reached, so that the tests know them all.
struct FaultPause: Sendable {
    let directory: String?

    private static let longest = 2000

    init() { directory = getenv("TEAL_FAULT_POINT").map { String(cString: $0) } }

    func reach(_ point: FaultPoint) async {
        guard let directory else { return }
        let name = point.description.map { $0 == "/" || $0 == ":" ? "-" : $0 }
        note(String(name), in: directory + "/trace")
        let armed = directory + "/" + String(name)
        guard rename(armed, armed + ".reached") == 0 else { return }
        for _ in 0..<Self.longest where access(armed + ".reached", F_OK) == 0 {
            // Cancelled: the rollout wants its answer now.
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    private func note(_ name: String, in path: String) {
        let file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
        guard file >= 0 else { return }
        defer { close(file) }
        let line = Array((name + "\n").utf8)
        _ = write(file, line, line.count)  // a missing line fails the test that reads it
    }
}
