import TealShimWire

/// Which place has which port: a value, so that its rules can be tested without a disk.
struct PortBook: Hashable {
    struct Entry: Hashable {
        var port: Int
        /// Whether a release is there, or may come back.
        ///
        /// What is not held is given to others last.
        var isHeld: Bool
    }

    /// By place, such as `shop/backend-blue-0`.
    private(set) var entries: [String: Entry] = [:]
    /// The port that was given last; the search goes on behind it, so that a port rests before it is given again.
    private(set) var last: Int?

    init() {}

    /// The port of a place: the one that it had, unless a stranger has taken it meanwhile, or the next that is free.
    ///
    /// - Parameters:
    ///   - place: Who asks.
    ///   - fixed: The port that it must be, if its service says so.
    ///   - range: Where free ones are looked for.
    ///   - start: Where the first search in the range begins; homes of one host begin at different places.
    ///   - isUsable: Whether nobody listens on a port now.
    /// - Returns: The port, which the place now holds.
    /// - Throws: ``PortRefusal``.
    mutating func assign(
        _ place: String,
        fixed: Int?,
        from range: ClosedRange<Int>,
        startingAt start: Int? = nil,
        isUsable: (Int) -> Bool
    ) throws(PortRefusal) -> Int {
        let taken = Set(entries.filter { $0.key != place && $0.value.isHeld }.map(\.value.port))
        if let fixed {
            if let holder = entries.first(where: { $0.key != place && $0.value.isHeld && $0.value.port == fixed }) {
                throw .held(fixed, by: holder.key)
            }
            hold(place, fixed)
            return fixed
        }
        if let own = entries[place], range.contains(own.port), !taken.contains(own.port), isUsable(own.port) {
            hold(place, own.port)
            return own.port
        }
        let resting = Set(entries.values.filter { !$0.isHeld }.map(\.port))
        let begin = [last.map { $0 + 1 }, start].compactMap { $0 }.first(where: range.contains) ?? range.lowerBound
        let order = Array(begin...range.upperBound) + Array(range.lowerBound..<begin)
        let free = order.first { !taken.contains($0) && !resting.contains($0) && isUsable($0) }
        guard let port = free ?? order.first(where: { !taken.contains($0) && isUsable($0) }) else { throw .none(range) }
        hold(place, port)
        last = port
        return port
    }

    /// The port that a place holds; nil when it holds none.
    func held(by place: String) -> Int? { entries[place].flatMap { $0.isHeld ? $0.port : nil } }

    private mutating func hold(_ place: String, _ port: Int) { entries[place] = Entry(port: port, isHeld: true) }

    /// Says that no release of a place may come back.
    ///
    /// It gets the same port again if that is still free.
    mutating func release(_ place: String) { entries[place]?.isHeld = false }

    // MARK: On disk

    var bytes: [UInt8] {
        var lines = [WireLine("ports", ["version": "1", "last": last.map(String.init) ?? ""])]
        for (place, entry) in entries.sorted(by: { $0.key < $1.key }) {
            lines.append(
                WireLine("port", ["place": place, "number": "\(entry.port)", "held": entry.isHeld ? "1" : "0"])
            )
        }
        return lines.flatMap(\.bytes)
    }

    /// Reads a file; nil when it cannot be used.
    init?(parsing text: String) {
        for line in text.split(separator: "\n") {
            guard let line = WireLine(parsing: line) else { return nil }
            switch line.verb {
            case "ports": last = line["last"].flatMap { Int($0) }
            case "port":
                guard let place = line["place"], let port = line["number"].flatMap({ Int($0) }) else { return nil }
                entries[place] = Entry(port: port, isHeld: line["held"] == "1")
            default: continue
            }
        }
    }
}

/// Why a place gets no port.
enum PortRefusal: Error, Hashable {
    case held(Int, by: String)
    case none(ClosedRange<Int>)
}
