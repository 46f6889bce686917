import TealCore

/// The names that a place's container may have.
enum ContainerName {
    /// In the order in which they are tried: a name is left to whoever has it already.
    ///
    /// `web-blue` and `web-blue-1`, then with the project before them, then with the home behind them.
    static func candidates(for place: ReplicaID, home: String) -> [String] {
        let short = "\(place.service.service)-\(place.slot)" + (place.index == 0 ? "" : "-\(place.index)")
        let long = "\(place.service.project)-\(short)"
        return [short, long, "\(long)-\(home.prefix(8))"]
    }

    static func ofOnce(_ name: String, home: String) -> String {
        "teal-once-\(home.prefix(8))-\(ShortHash.of(name).prefix(16))"
    }
}
