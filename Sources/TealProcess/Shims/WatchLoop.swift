import CTealSystem
import Glibc
import TealCore
import TealDriverKit
import TealShimWire

/// The thread of a ``ShimWatcher``: one `poll` over the sockets of all shims.
final class WatchLoop: @unchecked Sendable {
    // Unchecked: made on one thread, handed to another once, and from then on touched only there.

    /// How often all places are looked at when nobody says that something changed.
    private static let lookMilliseconds: Int32 = 500
    /// How soon a shim that cannot be watched yet is tried again.
    private static let retryMilliseconds: Int32 = 20

    private struct Link {
        let client: ShimClient
        let release: ReleaseID
        let endpoint: Endpoint?
    }

    private let home: ProcessHome
    private let shared: ShimWatcher.Shared
    private let woken: Descriptor
    private var known: [ReplicaID: ReplicaState] = [:]
    /// The newest run of each, which nobody else tells once its shim has ended.
    private var runs: [ReplicaID: RunID] = [:]
    private var links: [ReplicaID: Link] = [:]
    private var hasUnlinked = false
    private var isSilent = true

    init(home: ProcessHome, shared: ShimWatcher.Shared, woken: Descriptor) {
        self.home = home
        self.shared = shared
        self.woken = woken
        look()
        isSilent = false
    }

    func run() {
        while !shared.isOver {
            wait()
            look()
        }
    }

    private func wait() {
        let order = Array(links.keys)
        var polled = [pollfd(fd: woken.raw, events: Int16(POLLIN), revents: 0)]
        for replica in order {
            polled.append(pollfd(fd: links[replica]?.client.descriptor.raw ?? -1, events: Int16(POLLIN), revents: 0))
        }
        let wait = hasUnlinked ? Self.retryMilliseconds : Self.lookMilliseconds
        guard poll(&polled, nfds_t(polled.count), wait) > 0 else { return }
        // The bytes say nothing but 'look'; a pipe that is empty by now is as good.
        if polled[0].revents != 0 { _ = try? woken.readSome(4096, from: "pipe") }
        for (index, replica) in order.enumerated() where polled[index + 1].revents != 0 { read(replica) }
    }

    /// Takes what a shim pushed.
    private func read(_ replica: ReplicaID) {
        guard let link = links[replica] else { return }
        do throws(ShimClient.Failure) {
            for line in try link.client.available() {
                // Answers to `hello` and `watch` are no records, nor is what a newer shim may add.
                guard let record = try? ReplicaRecord(line) else { continue }
                note(replica, PlaceStanding.state(replica, link.release, link.endpoint, record, isHeld: true))
            }
        } catch {
            links[replica] = nil
        }
    }

    /// Looks at every place: finds new shims, dead ones and what they left.
    private func look() {
        hasUnlinked = false
        // What cannot be read now is looked at again a moment later.
        let places = (try? home.places()) ?? []
        for replica in Set(known.keys).subtracting(places) {
            links[replica] = nil
            note(replica, nil)
        }
        for replica in places {
            guard let standing = try? PlaceStanding.look(replica, home) else {
                links[replica] = nil
                note(replica, nil)
                continue
            }
            guard standing.isHeld else {
                // Its last words may still wait in the socket.
                if links[replica] != nil { read(replica) }
                links[replica] = nil
                if standing.isAbandoned { clear(standing) }
                note(replica, standing.state)
                continue
            }
            if links[replica] == nil { connect(standing) }
        }
    }

    private func clear(_ standing: PlaceStanding) {
        guard let record = standing.record, known[standing.replica]?.phase != standing.state.phase else { return }
        guard Leftovers.clear(record).isEmpty, record.child != nil else { return }
        forgetChild(of: standing.replica)
    }

    /// Nothing of it is left, and its number may be given to somebody else's process later.
    private func forgetChild(of replica: ReplicaID) {
        let files = home.files(of: replica)
        // Whoever holds the place now, or cannot write, has or leaves a record that is as good.
        guard let lock = (try? FileLock.take(files.lock)) ?? nil,
            let standing = (try? PlaceStanding.look(replica, home, isHeld: false)) ?? nil, standing.isAbandoned,
            var record = standing.record
        else { return }
        record.child = nil
        try? record.write(files)
        withExtendedLifetime(lock) {}
    }

    private func connect(_ standing: PlaceStanding) {
        do throws(ShimClient.Failure) {
            let client = try ShimClient(home.files(of: standing.replica))
            try client.send(ShimClient.hello())
            try client.send(WireLine("watch"))
            links[standing.replica] = Link(client: client, release: standing.release, endpoint: standing.endpoint)
        } catch {
            // It is beginning or ending.
            hasUnlinked = true
        }
        if isSilent { note(standing.replica, standing.state) }
    }

    private func note(_ replica: ReplicaID, _ state: ReplicaState?) {
        let before = known[replica]
        known[replica] = state
        let run = state?.run ?? runs[replica]
        runs[replica] = state == nil ? nil : run
        guard !isSilent else { return }
        for kind in ReplicaChanges.events(from: before, to: state) {
            shared.say(.init(replica: replica, kind: kind, run: run))
        }
    }
}
