/// Lines on a terminal that are drawn over by the next ones (ECMA-48 CUU and ED).
struct LiveBlock {
    private let console: Console
    private var drawn = 0

    init(console: Console) { self.console = console }

    /// Draws `lines` where the last ones were.
    mutating func draw(_ lines: [String]) {
        console.draw(back + lines.map { "\u{1B}[2K" + $0 + "\n" }.joined() + "\u{1B}[0J")
        drawn = lines.count
    }

    /// Leaves what is drawn where it is; the next drawing begins below.
    mutating func leave() { drawn = 0 }

    private var back: String { drawn == 0 ? "\r" : "\u{1B}[\(drawn)A\r" }
}
