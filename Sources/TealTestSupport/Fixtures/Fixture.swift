import Glibc
import Synchronization

/// Holds what a test made, and takes it away last-in first-out, whether the test passed or not.
package final class Fixture: Sendable {
    private struct State {
        var undo: [@Sendable () async -> Void] = []
        var directories = 0
    }

    private let state = Mutex(State())
    /// Unique in this run of the tests; every resource carries it.
    package let id: String

    private init(id: String) { self.id = id }

    /// Runs `body` with a fixture of its own and clears up after it.
    package static func with<Result>(
        _ name: String = "test",
        _ body: (Fixture) async throws -> Result
    ) async throws -> Result {
        let fixture = Fixture(id: "\(name)-\(getpid())-\(number.add(1, ordering: .relaxed).newValue)")
        do {
            let result = try await body(fixture)
            await fixture.clear()
            return result
        } catch {
            await fixture.clear()
            throw error
        }
    }

    private static let number = Atomic<Int>(0)

    /// Does `work` when the test has ended, before everything that was added earlier.
    package func atEnd(_ work: @escaping @Sendable () async -> Void) {
        state.withLock { $0.undo.append(work) }
    }

    /// Makes an empty directory below `TMPDIR`, or `/tmp`; it is removed with all that is in it.
    package func directory() throws -> String {
        let number = state.withLock { state in
            state.directories += 1
            return state.directories
        }
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        let path = "\(base)/teal-\(id)-\(number)"
        guard mkdir(path, 0o700) == 0 else { throw FixtureError.cannotMake(path, errno) }
        atEnd { Self.removeTree(path) }
        return path
    }

    private func clear() async {
        while let undo = state.withLock({ $0.undo.popLast() }) { await undo() }
    }

    /// Removes a tree, read-only directories too.
    ///
    /// What cannot be removed is left: a test's result is not its rubbish.
    package static func removeTree(_ path: String) {
        var info = stat()
        guard lstat(path, &info) == 0 else { return }
        guard info.st_mode & S_IFMT == S_IFDIR, let directory = opendir(path) else {
            unlink(path)
            return
        }
        chmod(path, 0o700)
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
            )
        }
        closedir(directory)
        for name in names where name != "." && name != ".." { removeTree(path + "/" + name) }
        rmdir(path)
    }
}

/// Why a fixture could not make something.
package enum FixtureError: Error {
    case cannotMake(String, Int32)
}
