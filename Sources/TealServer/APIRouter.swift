import HTTPTypes
package import Hummingbird
import NIOCore
import TealAPI
import TealCore

/// The routes of the API over a ``DaemonControl``: decode, call, encode.
package struct APIRouter: Sendable {
    package typealias Context = APIContext

    let control: any DaemonControl
    let slots: StreamSlots
    let heartbeat: Duration

    package init(
        control: any DaemonControl,
        streamsMax: Int = APILimits.streamsMax,
        heartbeat: Duration = APILimits.heartbeat
    ) {
        self.control = control
        slots = StreamSlots(openMax: streamsMax)
        self.heartbeat = heartbeat
    }

    /// A router with every ``Operation``.
    package func router() -> Router<Context> {
        let router = Router(context: Context.self)
        router.add(middleware: ProblemMiddleware())
        for operation in Operation.allCases {
            // An operation whose method is no token of RFC 9110 section 9.1 cannot be asked for.
            guard let method = HTTPRequest.Method(rawValue: operation.method) else { continue }
            router.on(RouterPath(operation.path), method: method) { request, context in
                let reader = RequestReader(request: request, parameters: context.parameters)
                return try await answer(operation, request, reader, context)
            }
        }
        return router
    }

    private func answer(
        _ operation: Operation,
        _ request: Request,
        _ reader: RequestReader,
        _ context: Context
    ) async throws -> Response {
        switch operation {
        case .version: try JSONBody.response(try await control.version())
        case .openAPI: try JSONBody.response(OpenAPIDocument.document)
        case .hasArtifact: try await hasArtifact(reader)
        case .storeArtifact: try await storeArtifact(request, reader)
        case .build: try await build(request, context)
        case .plan: try await plan(request)
        case .beginRollout: try await beginRollout(request, context)
        case .listRollouts: try await listRollouts(reader)
        case .showRollout:
            try JSONBody.response(try await control.rollout(reader.rollout(), of: reader.queryProject()))
        case .followRollout: try await followRollout(request, reader, context)
        case .abortRollout:
            try await abortRollout(request, reader)
        case .resumeRollout:
            try await resumeRollout(request, reader)
        case .status: try await status(reader)
        case .releases: try await releases(reader)
        case .logs: try await logs(reader, context)
        case .usage: try await usage(reader)
        case .exec: try await exec(request)
        case .execStream: try await execStream(request, context)
        case .accessories: try await accessories(request)
        case .health:
            try JSONBody.response(try await control.health(JSONBody.decode(HealthRequest.self, from: request)))
        case .prune: try JSONBody.response(try await control.prune(JSONBody.decode(PruneRequest.self, from: request)))
        case .doctor:
            try JSONBody.response(try await control.doctor(JSONBody.decode(DoctorRequest.self, from: request)))
        case .adopt: try await adopt(request)
        }
    }

    private func hasArtifact(_ reader: RequestReader) async throws -> Response {
        let isThere = try await control.hasArtifact(reader.artifactHash())
        return Response(status: isThere ? .noContent : .notFound)
    }

    private func storeArtifact(_ request: Request, _ reader: RequestReader) async throws -> Response {
        let hash = try reader.artifactHash()
        let length = request.headers[.contentLength].flatMap { Int($0) }
        // One piece at a time, when the store asks for it: a stream has one reader, which awaits each piece before it asks
        // for the next, so nothing uses these two at the same time.
        nonisolated(unsafe) var chunks = request.body.makeAsyncIterator()
        nonisolated(unsafe) var left = APILimits.artifactBytesMax
        let bytes = AsyncThrowingStream<[UInt8], any Error>(unfolding: {
            guard let chunk = try await chunks.next() else { return nil }
            left -= chunk.readableBytes
            guard left >= 0 else { throw APIProblem.tooLarge(bytesMax: APILimits.artifactBytesMax) }
            return Array(chunk.readableBytesView)
        })
        do {
            if let length, length > left { throw APIProblem.tooLarge(bytesMax: left) }
            try await control.storeArtifact(hash, bytes: bytes)
        } catch {
            let end = ContinuousClock.now + RequestReader.restLimit
            while ContinuousClock.now < end, (try? await chunks.next()) != nil {}
            throw error
        }
        return Response(status: .created)
    }

    private func build(_ request: Request, _ context: Context) async throws -> Response {
        let order = try await JSONBody.decode(BuildRequest.self, from: request)
        try RolloutLimits.check(order.source, at: "source")
        let place = try slots.take()
        let lines = try await control.build(order)
        return StreamResponse(lines, as: BuildFormat(), in: place, heartbeat: heartbeat).response(in: context)
    }

    private func plan(_ request: Request) async throws -> Response {
        let order = try await JSONBody.decode(RolloutRequest.self, from: request)
        try RolloutLimits.check(order)
        return try JSONBody.response(try await control.plan(order))
    }

    private func beginRollout(_ request: Request, _ context: Context) async throws -> Response {
        let order = try await JSONBody.decode(RolloutRequest.self, from: request)
        try RolloutLimits.check(order)
        // A caller that goes away while it waits for another rollout wants none any more.
        let view = try await context.whileCallerStays { try await control.beginRollout(order) }
        var response = try JSONBody.response(view, status: .accepted)
        response.headers[.location] = Operation.showRollout.path(view.id)
        return response
    }

    private func abortRollout(_ request: Request, _ reader: RequestReader) async throws -> Response {
        let order = try await JSONBody.decode(AbortRequest.self, from: request)
        try RolloutLimits.check(author: order.author, at: "author")
        return try JSONBody.response(
            try await control.abortRollout(reader.rollout(), of: reader.queryProject(), order)
        )
    }

    private func resumeRollout(_ request: Request, _ reader: RequestReader) async throws -> Response {
        let order = try await JSONBody.decode(ResumeRequest.self, from: request)
        try RolloutLimits.check(author: order.author, at: "author")
        return try JSONBody.response(
            try await control.resumeRollout(reader.rollout(), of: reader.queryProject(), order)
        )
    }

    private func listRollouts(_ reader: RequestReader) async throws -> Response {
        let limit = try reader.queryNumber("limit", in: 1...APILimits.listMax) ?? 20
        return try JSONBody.response(
            try await control.rollouts(of: reader.queryProject(), limit: limit)
        )
    }

    private func followRollout(
        _ request: Request,
        _ reader: RequestReader,
        _ context: Context
    ) async throws -> Response {
        // `Last-Event-ID` is what a follower that lost its connection sends (WHATWG HTML section 9.2.4).
        let resumed = HTTPField.Name("Last-Event-ID").flatMap { request.headers[$0] }.flatMap { Int($0) }
        let after = try resumed ?? reader.queryNumber("after", in: 0...Int.max) ?? 0
        let place = try slots.take()
        let events = try await control.events(of: reader.rollout(), after: max(0, after))
        return StreamResponse(events, as: EventFormat(), in: place, heartbeat: heartbeat).response(in: context)
    }

    private func status(_ reader: RequestReader) async throws -> Response {
        let query = StatusQuery(
            project: try reader.queryProject(),
            service: try reader.queryName("service", of: ServiceName.self)
        )
        return try JSONBody.response(try await control.status(query))
    }

    private func usage(_ reader: RequestReader) async throws -> Response {
        let query = UsageQuery(
            project: try reader.queryProject(),
            service: try reader.queryName("service", of: ServiceName.self)
        )
        return try JSONBody.response(try await control.usage(query))
    }

    private func releases(_ reader: RequestReader) async throws -> Response {
        let key = ServiceKey(
            project: try reader.name("project", of: ProjectName.self),
            service: try reader.name("service", of: ServiceName.self)
        )
        let limit = try reader.queryNumber("limit", in: 1...APILimits.listMax) ?? 20
        return try JSONBody.response(try await control.releases(of: key, limit: limit))
    }

    private func logs(_ reader: RequestReader, _ context: Context) async throws -> Response {
        guard let project = try reader.queryProject() else {
            throw APIProblem.malformed("'project' is missing in the query")
        }
        let query = LogQuery(
            project: project,
            service: try reader.queryName("service", of: ServiceName.self),
            release: try reader.queryNumber("release", in: 1...Int.max),
            replica: try reader.queryNumber("replica", in: 0...(APILimits.replicasMax - 1)),
            tail: try reader.queryNumber("tail", in: 0...APILimits.logTailMax) ?? 100,
            follow: try reader.queryFlag("follow")
        )
        let place = try slots.take()
        let entries = try await control.logs(query)
        return StreamResponse(entries, as: LogFormat(), in: place, heartbeat: heartbeat).response(in: context)
    }

    private func adopt(_ request: Request) async throws -> Response {
        let order = try await JSONBody.decode(AdoptRequest.self, from: request)
        guard !order.services.isEmpty, order.services.count <= APILimits.servicesMax else {
            throw APIProblem.malformed("'services' has none, or more than \(APILimits.servicesMax)")
        }
        try RolloutLimits.check(author: order.author, at: "author")
        return try JSONBody.response(try await control.adopt(order))
    }

    private func accessories(_ request: Request) async throws -> Response {
        let order = try await JSONBody.decode(AccessoryRequest.self, from: request)
        try RolloutLimits.check(author: order.author, at: "author")
        guard order.services.count <= APILimits.servicesMax else {
            throw APIProblem.malformed("'services' has more than \(APILimits.servicesMax) names")
        }
        return try JSONBody.response(try await control.accessories(order))
    }

    private func execStream(_ request: Request, _ context: Context) async throws -> Response {
        let place = try slots.take()
        let (order, input) = try await ExecInput.read(request.body)
        try Self.check(order)
        let answer = ExecResponse(control: control, request: order, input: input, place: place, heartbeat: heartbeat)
        return answer.response(in: context)
    }

    private func exec(_ request: Request) async throws -> Response {
        let order = try await JSONBody.decode(ExecRequest.self, from: request)
        try Self.check(order)
        return try JSONBody.response(try await control.exec(order))
    }

    private static func check(_ order: ExecRequest) throws(Problem) {
        guard !order.command.isEmpty else { throw APIProblem.malformed("'command' is empty") }
        guard (0..<APILimits.replicasMax).contains(order.replica) else {
            throw APIProblem.malformed("'replica' is not a number from 0 to \(APILimits.replicasMax - 1)")
        }
        guard order.timeoutSeconds > 0, order.timeoutSeconds <= APILimits.execSecondsMax else {
            throw APIProblem.malformed("'timeoutSeconds' is not above 0 and at most \(Int(APILimits.execSecondsMax))")
        }
    }
}
