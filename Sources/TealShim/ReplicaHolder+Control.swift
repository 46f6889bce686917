import CTealSystem
import Glibc
import TealCore
import TealShimWire

extension ReplicaHolder {
    /// Answers one line from a connection; nil is a line that could not be read.
    func answer(_ line: WireLine?, on connection: ControlConnection) {
        guard let line, let verb = ShimProtocol.Verb(rawValue: line.verb) else {
            return refuse(connection, "no such request")
        }
        guard connection.isGreeted || verb == .hello else { return refuse(connection, "hello comes first") }
        switch verb {
        case .hello: greet(line, on: connection)
        case .state: connection.send(record.line)
        case .watch:
            connection.isWatching = true
            connection.send(.init("ok"))
            connection.send(record.line)
        case .stop: stop(line, on: connection)
        case .policy: setPolicy(line, on: connection)
        case .active: setActive(line, on: connection)
        case .signal: signal(line, on: connection)
        case .ok, .refused: refuse(connection, "no such request")
        }
    }

    private func greet(_ line: WireLine, on connection: ControlConnection) {
        guard let least = line["least"].flatMap({ Int($0) }), let most = line["most"].flatMap({ Int($0) }),
            let version = ShimProtocol.common(least: least, most: most)
        else {
            refuse(connection, "this shim speaks \(ShimProtocol.versions)")
            return connection.close()
        }
        connection.isGreeted = true
        connection.send(.init("hello", ["version": "\(version)"]))
    }

    private func stop(_ line: WireLine, on connection: ControlConnection) {
        guard let number = line["signal"].flatMap({ Int32($0) }), (1...64).contains(number),
            let grace = line["grace-ms"].flatMap({ Int64($0) }), grace >= 0
        else { return refuse(connection, "stop needs signal and grace-ms") }
        connection.awaitsEnd = true
        stop(signal: number, grace: .milliseconds(grace))
    }

    private func setPolicy(_ line: WireLine, on connection: ControlConnection) {
        switch line["value"] {
        case "no": restart(byItself: false)
        case "unless-stopped": restart(byItself: true)
        default: return refuse(connection, "policy is no or unless-stopped")
        }
        if isSaved {
            connection.send(.init("ok"))
        } else {
            connection.send(.init("refused", ["reason": "the record could not be written", "code": "\(ENOSPC)"]))
        }
    }

    private func setActive(_ line: WireLine, on connection: ControlConnection) {
        guard let value = line["value"], value == "0" || value == "1" else {
            return refuse(connection, "active is 0 or 1")
        }
        active = value
        publish()
        connection.send(.init("ok"))
    }

    private func signal(_ line: WireLine, on connection: ControlConnection) {
        guard let number = line["number"].flatMap({ Int32($0) }), (1...64).contains(number) else {
            return refuse(connection, "signal needs number")
        }
        // A child is reaped only by this thread, so the number is still its own.
        guard life.hasProcess, let child = record.child, kill(child.pid, number) == 0 else {
            return refuse(connection, "nothing runs")
        }
        connection.send(.init("ok"))
    }

    private func refuse(_ connection: ControlConnection, _ reason: String) {
        connection.send(.init("refused", ["reason": reason]))
    }
}
