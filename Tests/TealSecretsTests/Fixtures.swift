import TealCore
import Testing

extension ProjectName {
    static var shop: ProjectName { named("shop") }
    static var blog: ProjectName { named("blog") }

    private static func named(_ text: String) -> ProjectName {
        do {
            return try ProjectName(parsing: text)
        } catch {
            fatalError("\(text) is no name: \(error)")
        }
    }
}

extension ReleaseID {
    static func backend(_ number: Int) throws -> ReleaseID {
        ReleaseID(service: ServiceKey(project: .shop, service: try ServiceName(parsing: "backend")), number: number)
    }
}

extension Secret: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) { self.init(text) }
}

/// SplitMix64, so that a failure can be repeated by its seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
