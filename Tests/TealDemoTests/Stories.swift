import Foundation
import TealAPI

@testable import TealDemo

/// Results and reports as a run would give them.
enum Stories {
    /// A rollout as `teal --output json` ends with it.
    static func rollout(
        state: String,
        because: String? = nil,
        code: String? = nil,
        switched: Double? = nil,
        seconds: Double = 1.5
    ) throws -> Data {
        var rollout: [String: Any] = [
            "id": "r1", "kind": "deploy", "project": "demo", "environment": "production", "author": "anna@laptop",
            "startedAt": 0.0, "elapsedSeconds": seconds, "lastEvent": 1,
            "services": [["service": "web", "from": "web@1", "fromSlot": "blue", "to": "web@2", "toSlot": "green"]],
            "moments": switched.map { [["moment": "switched", "seconds": $0]] } ?? [],
            "counters": [
                "watchedReal": 0, "watchedSynthetic": 0, "drained": 0, "cutRequests": 0, "cutUpgraded": 0,
            ],
        ]
        var outcome: [String: Any] = ["state": state, "old": [String](), "next": [String]()]
        outcome["because"] = because
        rollout["outcome"] = outcome
        if let code {
            rollout["problem"] = [
                "type": "urn:teal:problem:\(code)", "title": code, "status": 422, "detail": because ?? "", "code": code,
                "at": [String](), "next": [String](), "userImpact": "none",
            ]
        }
        return try JSONSerialization.data(withJSONObject: rollout)
    }

    static func result(_ act: Act, state: String? = nil, code: String? = nil) throws -> ActResult {
        let state = state ?? act.expected.state
        let code = code ?? act.expected.code
        let data = try rollout(
            state: state,
            because: code.map { "it ended with \($0)" },
            code: code,
            switched: act.expected.reachesUsers ? 0.9 : nil
        )
        return ActResult(act: act, rollout: try JSONDecoder().decode(RolloutView.self, from: data))
    }

    static func good() throws -> [ActResult] { try ([Story.opening] + Story.acts).map { try result($0) } }

    /// A report with the given members changed.
    static func report(_ changes: [String: Any] = [:]) throws -> LoadReport {
        var members: [String: Any] = [
            "requests": 12_345, "failed": 0, "failures": [String: Any](), "reconnects": 0, "streams": 8,
            "streamsCut": 0, "sse": 8, "sseCut": 0, "webSockets": 12, "webSocketsCut": 0, "webSocketsWrong": 0,
            "webSocketsClosed": ["1012": 8], "webSocketMessages": 300, "relayPairs": 3, "relayRepairs": 2,
            "relayRepairMs": 66, "routedChecked": true, "routedBadLines": 0, "rateAchieved": 249.6,
            "perRelease": [
                "v1": ["answers": 5000, "errors": 0], "v2": ["answers": 7000, "errors": 0],
                "v5": ["answers": 345, "errors": 102],
            ],
        ]
        members.merge(changes) { $1 }
        return try JSONDecoder().decode(LoadReport.self, from: JSONSerialization.data(withJSONObject: members))
    }
}
