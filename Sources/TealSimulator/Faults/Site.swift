/// A place where the engine asks something of the world, and where things go wrong.
enum Site: String, CaseIterable, Sendable {
    case fetch, start, stop, remove, policy, activity, once, prune
    case list, replica, logs, listeners, execute
    case publish, publishUnstored, cut, forget
    case position, counters, request
    case probe
    case append, read
    case environment, mark, preflight
    /// A question to another host.
    case ask
    /// Ports of the host, and the proxy's places in networks.
    case ports
    /// How something that is run once has ended.
    case onceState

    /// Whether it changes something: such calls go wrong more often, since that is where it matters.
    var changes: Bool {
        switch self {
        case .fetch, .start, .stop, .remove, .policy, .activity, .once, .prune, .publish, .publishUnstored, .cut,
            .append,
            .mark, .ask:
            true
        default: false
        }
    }

    /// Whether it takes along by which its receiver finds out that another daemon is in charge by now.
    var takesToken: Bool {
        switch self {
        case .append, .publish, .publishUnstored, .ask: true
        default: false
        }
    }

    /// Whether it may be done without an answer: what this process does by itself says how it went.
    var mayLoseAnswer: Bool { self != .append }

    /// Whether doing it twice is something that can happen to it.
    var mayHappenTwice: Bool {
        switch self {
        case .start, .stop, .remove, .policy, .activity, .publish, .mark, .fetch, .ask: true
        default: false
        }
    }

    /// Whether it waits for something that may hang.
    var mayHang: Bool {
        switch self {
        case .fetch, .start, .stop, .remove, .activity, .publish, .counters, .replica, .list, .probe, .request, .ask,
            .onceState:
            true
        default: false
        }
    }
}

/// Something of which a fault is made out, and by which it can be left out again.
package enum FaultKey: Hashable, Sendable, CustomStringConvertible {
    /// The n-th call at a site, from 0.
    case call(String, Int)
    /// The n-th thing that happens by itself, or that a person does.
    case happening(Int)

    package var description: String {
        switch self {
        case .call(let site, let number): "\(site)#\(number)"
        case .happening(let number): "happening#\(number)"
        }
    }
}

/// Who crashes.
enum Victim: String, CaseIterable, Sendable {
    case daemon, proxy, runtime, host
}

/// What goes wrong in one call.
enum CallFault: Hashable, Sendable {
    case slow(Duration)
    /// The answer of a look takes so long to arrive; the replica that it is about may be another run by then.
    case late(Duration)
    /// It is not done, and said so.
    case refused
    /// It is done, and no answer comes.
    case answerLost
    case twice
    /// No answer for a long time, and it is not done.
    case hangs
    case crashBefore(Victim)
    case crashAfter(Victim)

    /// Whether what is asked for may be done when whoever asked knows nothing of it, or has gone on.
    var mayComeLate: Bool {
        switch self {
        case .slow, .late, .answerLost, .hangs, .crashAfter: true
        case .refused, .twice, .crashBefore: false
        }
    }
}
