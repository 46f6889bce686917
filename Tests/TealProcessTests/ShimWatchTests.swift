import TealCore
import Testing

@testable import TealShim

private func moment(_ milliseconds: Int64) -> Timestamp { .init(nanoseconds: milliseconds * 1_000_000) }

struct `A look at memory` {
    private func isOver(_ watch: inout MemoryWatch, at time: Int64, resident: Int, proportional: Int) -> Bool {
        watch.look(at: moment(time), resident: { resident }, proportional: { proportional })
    }

    @Test func `takes two exact samples in a row for too much`() {
        var watch = MemoryWatch(bytesMax: 100)
        #expect(!isOver(&watch, at: 0, resident: 101, proportional: 101))
        #expect(watch.nextAt == moment(50))
        // Not due yet: nothing is measured.
        #expect(!isOver(&watch, at: 49, resident: 999, proportional: 999))
        #expect(isOver(&watch, at: 50, resident: 101, proportional: 101))
    }

    @Test func `does not take pages that are shared for too much, and then looks less often`() {
        var watch = MemoryWatch(bytesMax: 100)
        #expect(!isOver(&watch, at: 0, resident: 800, proportional: 101))
        #expect(!isOver(&watch, at: 50, resident: 800, proportional: 100))
        #expect(watch.nextAt == moment(1050))
        #expect(!isOver(&watch, at: 1050, resident: 800, proportional: 101))
        #expect(isOver(&watch, at: 1100, resident: 800, proportional: 101))
    }

    @Test func `measures exactly only when it is needed`() {
        var watch = MemoryWatch(bytesMax: 100)
        var exact = 0
        for look in 0..<10 {
            _ = watch.look(at: moment(Int64(look) * 250), resident: { 100 }) {
                exact += 1
                return 0
            }
        }
        #expect(exact == 0 && watch.nextAt == moment(2500))
    }

    @Test func `forgets a run when the next one begins`() {
        var watch = MemoryWatch(bytesMax: 100)
        _ = isOver(&watch, at: 0, resident: 101, proportional: 101)
        watch.begin()
        #expect(!isOver(&watch, at: 1, resident: 101, proportional: 101))
    }
}

struct `Kills by the kernel` {
    @Test func `count while they are fresh, and no kill of an hour ago`() {
        var count = 7
        var kills = KernelKills(at: moment(0)) { count }
        #expect(!kills.wasLately)
        count = 8
        #expect(kills.wasLately)
        // The process may take its time to end after it was killed.
        kills.look(at: moment(5000))
        #expect(kills.wasLately)
        kills.look(at: moment(9_999))
        #expect(kills.wasLately)
        kills.look(at: moment(10_000))
        #expect(!kills.wasLately)
    }

    @Test func `before a run began are not its own`() {
        var count = 0
        var kills = KernelKills(at: moment(0)) { count }
        count = 1
        kills.begin(at: moment(1))
        #expect(!kills.wasLately)
    }

    @Test func `are read from the own cgroup's events and from the host's`() {
        #expect(
            KernelKills.eventsFile("9:memory:/x\n0::/teal.slice/a.scope\n")
                == "/sys/fs/cgroup/teal.slice/a.scope/memory.events"
        )
        #expect(KernelKills.eventsFile("4:memory:/x\n") == nil)
        #expect(KernelKills.number("low 0\nhigh 0\nmax 3\noom 2\noom_kill 2\noom_group_kill 0\n") == 2)
        #expect(KernelKills.number("pgfault 5\noom_kill 11\n") == 11)
        #expect(KernelKills.number("pgfault 5\n") == 0)
    }
}
