/// Why the demo could not go on.
enum DemoFailure: Error, Hashable {
    /// A program of the demo is missing.
    case missing(program: String)
    /// The kernel refused something, such as starting a program.
    case refused(what: String, why: String)
    /// A program did not do its part within its time.
    case late(what: String, seconds: Int)
    /// A program ended when it should not have.
    case ended(what: String, code: Int32, lastLines: [String])
    /// What a program wrote could not be understood.
    case unreadable(what: String)

    var text: String {
        switch self {
        case .missing(let program): "\(program) is not there; build it with `make build`"
        case .refused(let what, let why): "\(what): \(why)"
        case .late(let what, let seconds): "\(what) took longer than \(seconds) s"
        case .ended(let what, let code, let lines):
            (["\(what) ended with \(code)"] + lines).joined(separator: "\n  | ")
        case .unreadable(let what): "\(what) could not be understood"
        }
    }
}
