/// Collects what became of the keys while a file is read.
///
/// A class, because every part of the reading adds to the same list; it lives for one synchronous call.
final class ImportNotes {
    private var entries: [ImportEntry] = []
    private var warnings: [String] = []
    private var assumptions: [String] = []
    /// While it is set nothing is noted: what one file says is read once more for each environment.
    var isQuiet = false

    var report: ImportReport { ImportReport(entries: entries, warnings: warnings, assumptions: assumptions) }

    func add(_ entry: ImportEntry) {
        guard !isQuiet else { return }
        entries.append(entry)
    }

    func warn(_ text: String) {
        guard !isQuiet, !warnings.contains(text) else { return }
        warnings.append(text)
    }

    func assume(_ text: String) {
        guard !isQuiet, !assumptions.contains(text) else { return }
        assumptions.append(text)
    }
}
