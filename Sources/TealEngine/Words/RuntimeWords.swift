package import TealDriverKit

/// The words for what a driver could not do.
package enum RuntimeWords {
    package static func text(_ error: RuntimeError) -> String {
        switch error {
        case .unreachable(let reason): "the runtime gives no answer: \(reason)"
        case .anotherEngine(let text): text
        case .contentMissing(let release): "the content of \(release) is not on this host"
        case .contentDamaged(let text): "its content is damaged: \(text)"
        case .diskFull(let path): "the disk that holds \(path) is full"
        case .launchFailed(let text): "its program could not be launched: \(text)"
        case .portTaken(let port, let by): "port \(port) is taken" + (by.map { " by \($0)" } ?? "")
        case .placeTaken(let release): "\(release) is in its place"
        case .noSuchReplica(let replica): "there is no \(replica)"
        case .doesNotStop(let replica): "\(replica) does not end although it was killed"
        case .activityRefused(let text): "the call for its background work was not agreed to: \(text)"
        case .endUnknown(let name): "how '\(name)' ended cannot be found"
        case .timedOut(let text): "\(text) took too long"
        case .refused(let text): text
        case .cancelled: "it was cancelled"
        }
    }

    package static func text(_ place: UnheardPlace) -> String {
        "inside the network of \(place.project), services are not found there: \(place.reason)"
    }

    /// What a person is told of a replica that had to be made anew.
    package static func remade(_ replica: ReplicaState) -> String {
        "\(replica.id) was made anew from the kept image of \(replica.release): its container had been removed from outside"
    }

    /// What a switch could not do.
    ///
    /// - Parameters:
    ///   - error: What it says itself.
    ///   - name: What the switch is called, such as `the proxy`.
    /// - Returns: A clause without a full stop; where the switch names itself, its own words.
    package static func text(_ error: SwitchError, of name: String) -> String {
        switch error {
        case .unreachable(let reason) where reason.hasPrefix("\(name) "): reason
        case .unreachable(let reason): "\(name) gives no answer: \(reason)"
        case .stale(let current): "\(name) follows table \(current), which is later than this daemon's"
        case .refused(let text): text
        case .notStored(let text): "the table could not be stored: \(text)"
        case .diskFull(let path): "the disk that holds \(path) is full"
        case .cancelled: "it was cancelled"
        }
    }
}
