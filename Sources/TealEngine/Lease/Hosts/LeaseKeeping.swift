package import TealCore
package import TealDriverKit

/// Asks other hosts to let their leases hold on, and gives them back.
package protocol LeaseKeeping: Sendable {
    /// Asks once, and returns within a few seconds, answer or not.
    func renew(_ token: LeaseToken, on host: HostName) async -> Renewal

    /// Tells a host how the rollout ended; one that cannot be told lets its lease run out.
    func giveBack(_ token: LeaseToken, on host: HostName, _ outcome: Outcome) async
}

/// What a host answers to a renewal.
package struct Renewal: Hashable, Sendable, Codable {
    package let answer: HeldLease.Answer
    /// What its replicas did since the renewal before, in order.
    package let events: [ReplicaEvent]

    package init(_ answer: HeldLease.Answer, events: [ReplicaEvent] = []) {
        self.answer = answer
        self.events = events
    }
}
