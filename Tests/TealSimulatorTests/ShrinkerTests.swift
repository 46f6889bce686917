import TealSimulator
import Testing

@Suite struct `A shrunk story` {
    @Test func `has only what it needs to fail`() {
        let kept = Shrinker.reduce(Array(0..<40)) { Set($0).isSuperset(of: [3, 17, 31]) }
        #expect(kept == [3, 17, 31])
    }

    @Test func `has nothing in it when it fails by itself`() {
        #expect(Shrinker.reduce([1, 2, 3]) { _ in true }.isEmpty)
    }
}
