import CTealSystem

/// Keeps a daemon small that does nothing most of the time.
enum DaemonMemory {
    /// After this time everything that a start needs has run.
    private static let startTime = Duration.seconds(5)

    /// Makes the heap give memory back that a deploy has used; to be called before there are many threads.
    static func keepSmall() { teal_keep_heap_small() }

    /// Lets go of the code that only the start needed, once that is over.
    static func releaseStart() async {
        // Cancelled when the daemon ends first.
        guard (try? await Task.sleep(for: startTime)) != nil else { return }
        teal_release_code_pages()
    }
}
