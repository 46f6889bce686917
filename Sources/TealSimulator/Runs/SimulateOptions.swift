/// What `teal-simulate` is asked to do.
struct SimulateOptions: Sendable {
    enum What: Hashable, Sendable {
        case one(UInt64)
        case many
        case worker(Int)
        case help
    }

    struct Mistake: Error {
        let text: String
    }

    static let usage = """
        usage: teal-simulate [--first SEED] [--count STORIES] [--seconds SPAN] [--workers N] [--output FILE] [--stop-at-first]
                      [--hosts]
               teal-simulate --seed SEED [--hosts] [--trace] [--shrink]

          --first SEED       the seed of the first story; drawn by chance unless given
          --count STORIES    play so many, however long that takes
          --seconds SPAN     play for so long (60)
          --workers N        processes that share the stories (1)
          --output FILE      where the figures go (results/simulate.json)
          --stop-at-first    end with the first story that fails; otherwise its fewest faults are looked for in the end
          --hosts            stories of two or three hosts
          --seed SEED        play one story; TEAL_SEED=SEED is the same with --trace
          --trace            show its timeline
          --shrink           look for the fewest faults with which it still fails
        """

    var what = What.many
    /// The seed of the first story; drawn by the system unless it is given.
    var first: UInt64
    /// How many stories at most; nil for as many as the time allows.
    var count: UInt64?
    var span: Duration = .seconds(60)
    var workers = 1
    var output = "results/simulate.json"
    var isTracing = false
    var shrinks = false
    /// Whether to end with the first story that fails.
    var stopsAtFirst = false
    /// Whether the stories are those of several hosts.
    var hasHosts = false

    init(_ arguments: [String], environment: [String: String]) throws(Mistake) {
        first = UInt64.random(in: 0..<1 << 48)
        if let text = environment["TEAL_SEED"] {
            what = .one(try Self.number(text, "TEAL_SEED"))
            isTracing = true
        }
        var rest = arguments[...]
        while let option = rest.popFirst() {
            switch option {
            case "--help", "-h": what = .help
            case "--trace": isTracing = true
            case "--shrink": shrinks = true
            case "--stop-at-first": stopsAtFirst = true
            case "--hosts": hasHosts = true
            case "--seed": what = .one(try Self.number(rest.popFirst(), option))
            case "--first": first = try Self.number(rest.popFirst(), option)
            case "--count":
                count = try Self.number(rest.popFirst(), option)
                span = .seconds(7 * 86_400)
            case "--seconds": span = .seconds(Int64(clamping: try Self.number(rest.popFirst(), option)))
            case "--workers": workers = max(1, Int(clamping: try Self.number(rest.popFirst(), option)))
            case "--worker": what = .worker(Int(clamping: try Self.number(rest.popFirst(), option)))
            case "--output":
                guard let path = rest.popFirst() else { throw Mistake(text: "--output needs a file") }
                output = path
            default: throw Mistake(text: "'\(option)' is not known")
            }
        }
    }

    private static func number(_ text: String?, _ option: String) throws(Mistake) -> UInt64 {
        guard let text, let number = UInt64(text) else { throw Mistake(text: "\(option) needs a whole number") }
        return number
    }
}
