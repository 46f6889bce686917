/// What a person chooses about a run of the demo.
package struct DemoOptions: Hashable, Sendable {
    /// The directory of `teal`, `teal-proxy`, `teal-shim`, `teal-load` and `teal-sample`.
    package var programs: String
    /// Where the result is written as JSON.
    package var resultFile: String
    /// Whether waits are as short as they can be while every act still means something.
    package var isShort = false
    /// Whether the home is left behind.
    package var keepsHome = false
    /// Requests a second, `200...1000`.
    package var rate = 250
    package var runtime = DemoRuntime.processes

    /// The rates that make sense.
    package static var rates: ClosedRange<Int> { 200...1000 }

    package init(programs: String, resultFile: String) {
        self.programs = programs
        self.resultFile = resultFile
    }
}

/// How long things take in the demo, in whole seconds.
struct DemoTimes: Hashable {
    let watch: Int
    let healthDeadline: Int
    let stream: Int
    let upgradedLimit: Int
    /// How long the load runs before the first release under it.
    let lead: Int

    static let usual = Self(watch: 4, healthDeadline: 6, stream: 10, upgradedLimit: 8, lead: 2)
    static let short = Self(watch: 3, healthDeadline: 5, stream: 4, upgradedLimit: 3, lead: 2)
}
