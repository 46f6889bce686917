/// One `teal` command of the demo and what has to come of it.
struct Act: Hashable {
    enum Verb: Hashable {
        case deploy
        case rollback
    }

    /// Such as `v3`; unique in the story.
    let name: String
    /// What is about to happen, in a few words.
    let title: String
    let verb: Verb
    /// What the service's file is given, in the order in which it is shown.
    let variables: [Variable]
    /// What the new release calls itself in its answers.
    let version: String
    let expected: Expected

    /// A variable of the command's environment.
    struct Variable: Hashable {
        let name: String
        let value: String
    }

    enum Expected: Hashable {
        /// The release takes over for good.
        case settled
        /// The release never takes traffic; the code is that of Teal's problem.
        case kept(code: String)
        /// The release takes traffic and is taken back.
        case reverted(code: String)

        /// The state that Teal gives for it.
        var state: String {
            switch self {
            case .settled: "settled"
            case .kept: "kept"
            case .reverted: "reverted"
            }
        }

        /// The code of the problem that Teal gives for it; nil for none.
        var code: String? {
            switch self {
            case .settled: nil
            case .kept(let code), .reverted(let code): code
            }
        }

        /// Whether requests may be answered by the new release at some time.
        var reachesUsers: Bool { if case .kept = self { false } else { true } }
    }

    /// The command as a person would type it.
    var commandLine: String {
        let variables = variables.map { "\($0.name)=\($0.value) " }.joined()
        return variables + (["teal"] + arguments).joined(separator: " ")
    }

    /// What `teal` is given, without the output's format.
    var arguments: [String] {
        switch verb {
        case .deploy: ["deploy", "--until", "settled"]
        case .rollback: ["rollback", "--until", "settled"]
        }
    }
}
