import CTealSystem
import Glibc
import Synchronization
import TealShimWire

/// Where builds keep what they have, below one directory.
struct SourceHome: Hashable, Sendable {
    private static let counter = Atomic<UInt64>(0)

    let root: String

    /// What is being built; emptied at every start.
    var work: String { root + "/work" }
    /// What was built, a file for each build.
    var records: String { root + "/records" }

    /// Makes the directories, and removes what an earlier daemon has left of builds that it could not end.
    func prepare() throws(SystemError) {
        // What is only just being killed is removed by the next build.
        clear()
        for path in [work, records] { try Files.makeDirectory(path) }
    }

    /// A place of its own for one build.
    func makePlace() throws(SystemError) -> WorkPlace {
        clear()
        let number = Self.counter.add(1, ordering: .relaxed).newValue
        let place = WorkPlace(root: "\(work)/\(Self.mark)\(number)")
        for path in [place.root, place.shim, place.temporary] { try Files.makeDirectory(path) }
        return place
    }

    /// What the places of this process begin with, in this boot.
    private static let mark = "\(getpid())-\(teal_boot_nanoseconds())-"

    /// Removes the places of earlier processes.
    private func clear() {
        // What cannot be removed now costs room until the next time.
        for name in (try? Files.names(in: work)) ?? [] where !name.hasPrefix(Self.mark) {
            try? Files.removeTree("\(work)/\(name)")
        }
    }
}

/// The directory of one build.
struct WorkPlace: Hashable, Sendable {
    let root: String

    /// The checkout.
    var tree: String { root + "/tree" }
    /// Where the shim finds the environment of what it runs (0600).
    var shim: String { root + "/shim" }
    /// The build's own `TMPDIR`.
    var temporary: String { root + "/tmp" }
    /// All that git knows of its settings.
    var gitConfiguration: String { root + "/gitconfig" }
    /// The private key, as long as git needs it (0600).
    var key: String { root + "/key" }

    func remove() {
        // What cannot be removed now is removed by the next start.
        try? Files.removeTree(root)
    }
}
