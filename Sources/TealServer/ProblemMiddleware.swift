import HTTPTypes
import Hummingbird
import Logging
import TealAPI
import TealCore

/// Answers every error as problem details, and every request in a version that both sides speak.
struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
    static var versionHeader: HTTPField.Name? { HTTPField.Name(TealVersion.header) }

    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await answer(request, context: context, next: next)
        if let name = Self.versionHeader { response.headers[name] = "\(TealVersion.apiPresent)" }
        return response
    }

    private func answer(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            try checkVersion(of: request)
            return try await next(request, context)
        } catch let problem as Problem {
            return try Self.response(ProblemBody(problem))
        } catch let error as HTTPError {
            return try Self.response(ProblemBody(Self.problem(for: error, request)))
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            context.logger.error("Request failed", metadata: ["error": "\(error)", "path": "\(request.uri.path)"])
            return try Self.response(ProblemBody(APIProblem.internal("\(type(of: error))")))
        }
    }

    private func checkVersion(of request: Request) throws(Problem) {
        guard let name = Self.versionHeader, let asked = request.headers[name] else { return }
        guard let version = Int(asked), (TealVersion.apiOldest...TealVersion.apiPresent).contains(version) else {
            // The handshake itself answers everybody, so that both sides can say what they speak.
            if request.uri.path == Operation.version.path { return }
            throw APIProblem.version(
                asked: String(asked.prefix(20)),
                answered: Array(TealVersion.apiOldest...TealVersion.apiPresent)
            )
        }
    }

    private static func problem(for error: HTTPError, _ request: Request) -> Problem {
        switch error.status {
        case .notFound: APIProblem.notFound(method: request.method.rawValue, path: String(request.uri.path.prefix(200)))
        case .contentTooLarge: APIProblem.tooLarge(bytesMax: APILimits.requestBytesMax)
        case .badRequest: APIProblem.malformed(error.body ?? "it is not valid")
        default: APIProblem.internal("HTTP status \(error.status.code)")
        }
    }

    static func response(_ body: ProblemBody) throws -> Response {
        try JSONBody.response(body, status: .init(code: body.status), contentType: ProblemBody.contentType)
    }
}
