import TealCore
import TealShimWire
import TealTestSupport
import Testing

@testable import TealShim

struct `A shim's decisions` {
    private func moment(_ milliseconds: Int64) -> Timestamp { .init(nanoseconds: milliseconds * 1_000_000) }

    private func running() -> ReplicaLife {
        var life = ReplicaLife()
        _ = life.handle(.begin, at: moment(0))
        _ = life.handle(.launched, at: moment(0))
        return life
    }

    @Test func `restarts wait 100 ms, then twice as long each time, up to 10 s`() {
        var life = running()
        _ = life.handle(.restartsByItself(true), at: moment(0))
        var now: Int64 = 1
        var waits: [Int64] = []
        for _ in 0..<9 {
            _ = life.handle(.ended(code: 1, killedForMemory: false), at: moment(now))
            _ = life.handle(.cleared, at: moment(now))
            let until = life.deadline.map { $0.nanoseconds / 1_000_000 } ?? -1
            waits.append(until - now)
            #expect(life.handle(.time, at: moment(until - 1)).isEmpty)
            #expect(life.handle(.time, at: moment(until)) == [.launch])
            now = until
            _ = life.handle(.launched, at: moment(now))
            now += 1
        }
        #expect(waits == [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000])
        #expect(life.restarts == 9)
    }

    @Test func `a run of 10 s makes the next wait the first again`() {
        var life = running()
        _ = life.handle(.restartsByItself(true), at: moment(0))
        _ = life.handle(.ended(code: 1, killedForMemory: false), at: moment(5))
        _ = life.handle(.cleared, at: moment(5))
        _ = life.handle(.time, at: moment(105))
        _ = life.handle(.launched, at: moment(105))
        _ = life.handle(.ended(code: 1, killedForMemory: false), at: moment(10_105))
        _ = life.handle(.cleared, at: moment(10_105))
        #expect(life.deadline == moment(10_205))
    }

    @Test func `launches that fail after a long run wait longer each time`() {
        var life = running()
        _ = life.handle(.restartsByItself(true), at: moment(0))
        var now: Int64 = 60_000
        _ = life.handle(.ended(code: 1, killedForMemory: false), at: moment(now))
        _ = life.handle(.cleared, at: moment(now))
        var waits: [Int64] = []
        for _ in 0..<5 {
            let until = life.deadline.map { $0.nanoseconds / 1_000_000 } ?? -1
            waits.append(until - now)
            now = until
            #expect(life.handle(.time, at: moment(now)) == [.launch])
            _ = life.handle(.launchFailed(code: 127), at: moment(now))
        }
        #expect(waits == [100, 200, 400, 800, 1600])
    }

    @Test func `a stop kills only when the grace has passed, and a second one may shorten it`() {
        var life = running()
        #expect(life.handle(.stop(signal: 15, grace: .seconds(10)), at: moment(0)) == [.signal(15)])
        #expect(life.handle(.time, at: moment(9_999)).isEmpty)
        #expect(life.handle(.stop(signal: 15, grace: .seconds(60)), at: moment(9_999)).isEmpty)
        #expect(life.deadline == moment(10_000))
        _ = life.handle(.stop(signal: 15, grace: .zero), at: moment(9_999))
        #expect(life.handle(.time, at: moment(9_999)) == [.killTree])
        _ = life.handle(.ended(code: 137, killedForMemory: false), at: moment(10_000))
        #expect(life.handle(.cleared, at: moment(10_000)) == [.publish, .finish])
        #expect(life.phase == .stopped)
    }

    @Test func `memory that is exceeded is the end's reason, whatever code the process ends with`() {
        var life = running()
        #expect(life.handle(.memoryExceeded, at: moment(1)) == [.killTree])
        _ = life.handle(.ended(code: 0, killedForMemory: false), at: moment(2))
        _ = life.handle(.cleared, at: moment(2))
        #expect(life.lastEnd == .init(code: 137, outOfMemory: true))
        #expect(life.phase == .exited)
    }

    @Test(arguments: UInt64(0)..<300)
    func `whatever happens, a stop ends everything and nothing is launched after it`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var life = ReplicaLife()
        var now: Int64 = 0
        var alive = false
        var launching = false
        var stopped = false
        func feed(_ event: ReplicaLife.Event) throws {
            for effect in life.handle(event, at: moment(now)) where effect == .launch {
                try #require(!alive && !launching, "seed \(seed): launched while one runs")
                try #require(!stopped, "seed \(seed): launched after a stop")
                launching = true
            }
        }
        try feed(.begin)
        for step in 0..<200 where !life.isOver {
            now += Int64.random(in: 0...3000, using: &random)
            if launching {
                launching = false
                alive = Bool.random(using: &random)
                try feed(alive ? .launched : .launchFailed(code: 127))
                continue
            }
            switch Int.random(in: 0..<6, using: &random) {
            case 0: try feed(.restartsByItself(Bool.random(using: &random)))
            case 1 where alive: try feed(.memoryExceeded)
            case 2 where alive:
                try feed(.ended(code: Int.random(in: 0...255, using: &random), killedForMemory: false))
                alive = false
            case 3 where !alive && life.isClearing: try feed(.cleared)
            case 4 where step > 50:
                stopped = true
                try feed(.stop(signal: 15, grace: .milliseconds(Int64.random(in: 0...2000, using: &random))))
            default: try feed(.time)
            }
        }
        stopped = true
        if launching { try feed(.launched) }
        try feed(.stop(signal: 15, grace: .zero))
        now += 1
        try feed(.time)
        if life.hasProcess { try feed(.ended(code: 137, killedForMemory: false)) }
        if life.isClearing { try feed(.cleared) }
        // Asked while it was being launched, a stop is carried out by the next one.
        if !life.isOver {
            try feed(.stop(signal: 9, grace: .zero))
            now += 1
            try feed(.time)
            if life.hasProcess { try feed(.ended(code: 137, killedForMemory: false)) }
            try feed(.cleared)
        }
        #expect(life.isOver, "seed \(seed)")
    }
}
