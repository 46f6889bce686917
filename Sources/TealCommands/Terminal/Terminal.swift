#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the program's outputs lead to.
package struct Terminal: Hashable, Sendable {
    /// Whether a person reads the results as they are written.
    package var showsOutput: Bool
    /// Whether a person reads progress and problems as they are written.
    package var showsErrors: Bool
    /// Whether a person can be asked.
    package var canAsk: Bool
    /// Characters in a line, at least 40.
    package var width: Int
    /// Whether colour is wanted, where a person reads.
    package var wantsColour: Bool

    /// Whether the input is typed by a person, so that it may never end.
    package var isTyped: Bool

    package init(
        showsOutput: Bool,
        showsErrors: Bool,
        canAsk: Bool,
        width: Int = 100,
        wantsColour: Bool = true,
        isTyped: Bool = false
    ) {
        self.isTyped = isTyped
        self.showsOutput = showsOutput
        self.showsErrors = showsErrors
        self.canAsk = canAsk
        self.width = width
        self.wantsColour = wantsColour
    }

    /// Nobody reads along: files, pipes, continuous integration.
    package static let none = Terminal(showsOutput: false, showsErrors: false, canAsk: false, wantsColour: false)

    /// What this process has, with `NO_COLOR` (no-color.org) and `TERM=dumb` minded.
    static func ofProcess(environment: [String: String]) -> Terminal {
        let isDumb = environment["TERM"] == "dumb"
        let hasErrors = isatty(2) == 1 && !isDumb
        return Terminal(
            showsOutput: isatty(1) == 1 && !isDumb,
            showsErrors: hasErrors,
            canAsk: isatty(0) == 1 && isatty(2) == 1,
            width: columns(environment),
            wantsColour: (environment["NO_COLOR"] ?? "").isEmpty,
            isTyped: isatty(0) == 1
        )
    }

    private static func columns(_ environment: [String: String]) -> Int {
        var size = winsize()
        for descriptor in [Int32(2), 1] where ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 {
            return max(40, Int(size.ws_col))
        }
        return max(40, environment["COLUMNS"].flatMap { Int($0) } ?? 100)
    }
}
