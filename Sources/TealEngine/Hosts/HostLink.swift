/// Another host's daemon, as a coordinator asks it.
package protocol HostLink: Sendable {
    /// Asks once and waits for the answer, which takes as long as what is asked for.
    ///
    /// - Throws: ``LinkError/silent`` when no answer came; what was asked for may have been done, or be done later.
    func ask(_ request: HostRequest) async throws(LinkError) -> HostAnswer
}

/// Why a question to another host was not answered.
package enum LinkError: Error, Hashable, Sendable {
    case silent
    case cancelled
}

/// What a coordinator asks of another host.
package enum HostRequest: Hashable, Sendable, Codable {
    /// What the host remembers, to plan by.
    case state
    case lease(LeaseRequest)
    case renew(LeaseToken)
    case step(PartStep)
    /// The rollout has ended like this: nothing more is asked for.
    case giveBack(LeaseToken, Outcome)
}

/// What a host answers.
package enum HostAnswer: Hashable, Sendable, Codable {
    case state([ServiceRecord], [ReleaseRecord])
    case leased(LeaseGrant)
    case renewal(Renewal)
    case result(StepResult)
    case refused(LeaseRefusal)
    case done
}

/// The right to carry out a rollout on a host, as it is asked for.
package struct LeaseRequest: Hashable, Sendable, Codable {
    package let claim: LeaseClaim
    /// The token that the coordinator has from before; nil for a first one.
    package let known: LeaseToken?
    package let kind: Rollout.Kind
    package let author: String
    /// The host's own members.
    package let members: [Member]

    package init(claim: LeaseClaim, known: LeaseToken?, kind: Rollout.Kind, author: String, members: [Member]) {
        self.claim = claim
        self.known = known
        self.kind = kind
        self.author = author
        self.members = members
    }
}

/// One step of a rollout, as the host is asked for it that it is done on.
package struct PartStep: Hashable, Sendable, Codable {
    package let token: LeaseToken
    package let step: Step
    /// The host's part of the rollout, as it stands with this step begun.
    package let rollout: Rollout

    package init(token: LeaseToken, step: Step, rollout: Rollout) {
        self.token = token
        self.step = step
        self.rollout = rollout
    }
}
