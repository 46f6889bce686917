/// Reads typed values from an environment and collects what is wrong with them.
struct VariableReader {
    let environment: [String: String]
    private(set) var complaints: [String] = []

    init(environment: [String: String]) {
        self.environment = environment
    }

    mutating func complain(_ name: String, _ value: String, _ expected: String) {
        complaints.append("\(name) is \(value); expected \(expected)")
    }

    /// The value; an empty one counts as not set.
    func text(_ name: String, default fallback: String) -> String {
        guard let value = environment[name], !value.isEmpty else { return fallback }
        return value
    }

    mutating func flag(_ name: String) -> Bool {
        switch text(name, default: "0") {
        case "0", "false", "no": return false
        case "1", "true", "yes": return true
        case let other:
            complain(name, other, "0 or 1")
            return false
        }
    }

    mutating func number(_ name: String, in range: ClosedRange<Int>) -> Int? {
        let value = text(name, default: "")
        guard !value.isEmpty else { return nil }
        guard let number = Int(value), range.contains(number) else {
            complain(name, value, "a number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }

    mutating func optionalDuration(_ name: String) -> Duration? {
        number(name, in: 0...Settings.millisecondsMax).map { .milliseconds($0) }
    }

    mutating func duration(_ name: String, default fallback: Duration) -> Duration {
        optionalDuration(name) ?? fallback
    }

    mutating func share(_ name: String) -> Double {
        let value = text(name, default: "0")
        guard let share = Double(value), (0...1).contains(share) else {
            complain(name, value, "a share from 0 to 1")
            return 0
        }
        return share
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, default fallback: Choice) -> Choice
    where Choice.RawValue == String {
        let value = text(name, default: fallback.rawValue)
        guard let choice = Choice(rawValue: value) else {
            complain(name, value, "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
            return fallback
        }
        return choice
    }
}

extension String {
    /// What follows the prefix; `nil` when it does not begin so.
    func droppingPrefix(_ prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
