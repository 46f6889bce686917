import TealAPI
import TealClient
import TealCore

/// Why a command ends without having done what was asked.
struct CommandFailure: Error {
    /// What a person is told; empty when everything has been said.
    let problems: [ProblemBody]
    let exit: ExitCode
    /// Said below the problems; left out of JSON.
    let remark: String?

    init(_ problems: [ProblemBody], exit: ExitCode, remark: String? = nil) {
        self.problems = problems
        self.exit = exit
        self.remark = remark
    }

    init(_ problem: Problem, exit: ExitCode = .refused) { self.init([ProblemBody(problem)], exit: exit) }

    init(_ failure: ClientFailure) {
        switch failure {
        case .refused(let body): self.init([body], exit: ExitCode(failure))
        case .unreachable(let problem), .lost(let problem): self.init(problem, exit: ExitCode(failure))
        case .cancelled: self.init([], exit: ExitCode(failure))
        }
    }

    /// Ends with a code and nothing more to say.
    static func silent(_ exit: ExitCode) -> Self { Self([], exit: exit) }
}
