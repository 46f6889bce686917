package import TealCore

/// The problems of the API itself, as opposed to those of what it was asked for.
package enum APIProblem {
    /// No operation has this method and path.
    package static func notFound(method: String, path: String) -> Problem {
        Problem(
            "api.not-found",
            "nothing has been changed: the daemon has no operation \(method) \(path)",
            next: ["Compare the versions with `teal version`; the operations are in GET \(Operation.openAPI.path)"]
        )
    }

    /// The request could not be read.
    package static func malformed(_ what: String) -> Problem {
        Problem("api.malformed", "nothing has been changed: the request could not be read: \(what)")
    }

    /// The request is larger than the daemon takes.
    package static func tooLarge(bytesMax: Int) -> Problem {
        Problem(
            "api.too-large",
            "nothing has been changed: the request is larger than \(bytesMax >> 20) MiB",
            next: ["Make the artifact or the request smaller"]
        )
    }

    /// The client and the daemon have no version in common.
    package static func version(asked: String, answered: [Int]) -> Problem {
        Problem(
            "api.version",
            "nothing has been changed: the daemon does not speak version \(asked) of the API",
            at: ["it speaks \(answered.map(String.init).joined(separator: " and "))"],
            next: ["Install the same version of teal on both sides; see `teal version`"]
        )
    }

    /// Too many streams are open.
    package static func tooManyStreams(_ streamsMax: Int) -> Problem {
        Problem(
            "api.too-many",
            "nothing has been changed: \(streamsMax) streams of events and logs are open already",
            next: ["End some `teal logs -f` or `teal attach` and try again"]
        )
    }

    /// The daemon failed in a way that nobody has worded.
    package static func `internal`(_ what: String) -> Problem {
        Problem(
            "api.internal",
            "the daemon failed to answer, and whether it did what was asked is not known: \(what)",
            next: ["Look at `teal status`, then at the daemon's log"]
        )
    }
}
