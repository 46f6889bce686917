import Logging
import TealAPI
import TealCore
import TealDriverKit
import TealEngine
import TealProcess
import TealSecrets

/// Builds: artifacts of commits, made before a rollout begins and outside of every lock.
extension Control {
    /// Events of a build that wait for a slow reader; older ones are left out, the end never is.
    private static let eventsMax = 2000

    func build(_ request: BuildRequest) async throws(Problem) -> AsyncThrowingStream<BuildStreamLine, any Error> {
        let began = clock.now()
        let (stream, continuation) = AsyncThrowingStream.makeStream(
            of: BuildStreamLine.self,
            bufferingPolicy: .bufferingNewest(Self.eventsMax)
        )
        let clock = clock
        let tell: @Sendable (BuildEvent.Kind, String) -> Void = { kind, text in
            let event = BuildEvent(
                kind: kind,
                service: "\(request.service)",
                elapsedSeconds: clock.now().since(began).inSeconds,
                text: text
            )
            continuation.yield(BuildStreamLine(event: event))
        }
        // Ends with the build, or with the stream, whichever is first.
        let building = Task {
            do throws(Problem) {
                let result = try await carryOut(request, tell)
                continuation.yield(BuildStreamLine(result: result(clock.now().since(began))))
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
        continuation.onTermination = { _ in building.cancel() }
        return stream
    }

    private func carryOut(
        _ request: BuildRequest,
        _ tell: @escaping @Sendable (BuildEvent.Kind, String) -> Void
    ) async throws(Problem) -> @Sendable (Duration) -> BuildResult {
        let key = ServiceKey(project: request.project, service: request.service)
        let source = request.source
        let order = try await order(
            key,
            request.environment,
            source,
            request.commit,
            bringing: request.secrets.mapValues(\.secret)
        )
        tell(.resolved, SourceWords.resolved(order))
        let built: BuiltSource
        do throws(SourceError) {
            built = try await sources.build(order, again: request.again == true) { note in
                let (kind, text) = SourceWords.event(note)
                tell(kind, text)
            }
        } catch {
            throw SourceWords.problem(error, source, of: request.service)
        }
        guard artifacts.claim(built.artifact) else {
            throw SourceWords.problem(.failed("the artifact has been pruned meanwhile"), source, of: request.service)
        }
        logger.notice(
            "Sources built",
            metadata: [
                "app.name": "\(key.project)/\(key.service)", "commit.id": "\(built.commit)",
                "artifact.hash": "\(built.artifact.prefix(12))", "build.reused": "\(built.wasThere)",
            ]
        )
        let size = artifacts.sizeBytes(built.artifact)
        return { elapsed in
            BuildResult(
                service: "\(request.service)",
                repository: "\(source.repository)",
                ref: "\(source.ref)",
                commit: "\(built.commit)",
                artifactSHA256: built.artifact,
                sizeBytes: size,
                built: !built.wasThere,
                elapsedSeconds: elapsed.inSeconds
            )
        }
    }

    /// What to build: the commit that is meant, and the values of the secrets that are needed for it.
    private func order(
        _ service: ServiceKey,
        _ environment: EnvironmentName,
        _ source: GitSource,
        _ commit: GitCommit?,
        bringing brought: [String: Secret]
    ) async throws(Problem) -> BuildOrder {
        let values: [String: Secret]
        do throws(SecretError) {
            values = try await environments.values(of: source.secretNames, bringing: brought, for: service.project)
        } catch {
            throw SourceWords.secretsMissing(service.service, error)
        }
        let own = values.filter { source.secrets.contains($0.key) }
        let access: GitAccess? =
            switch source.login {
            case .password(let username, let name)?: values[name].map { .password(username: username, $0) }
            case .key(let name)?: values[name].map { .key($0) }
            case nil: nil
            }
        let mask = SecretMask(values)
        do throws(SourceError) {
            return BuildOrder(
                service: service,
                environment: environment,
                source: source,
                commit: try await found(commit, source, access),
                secrets: own,
                secretsMark: await environments.mark(of: own),
                access: access,
                mask: { mask.masked($0) }
            )
        } catch {
            throw SourceWords.problem(error, source, of: service.service)
        }
    }

    private func found(
        _ commit: GitCommit?,
        _ source: GitSource,
        _ access: GitAccess?
    ) async throws(SourceError) -> GitCommit {
        if let commit { return commit }
        return try await sources.resolve(source, for: access)
    }

    /// What a service that is built on the host runs from.
    ///
    /// A plan needs no artifact: what is not built yet stands under a name that no artifact has.
    ///
    /// - Throws: `deploy.not-built` when a rollout is asked for and the artifact is not the one that the commit gives.
    func content(
        of source: GitSource,
        _ service: DeployService,
        _ order: DeployOrder,
        keepsSecrets: Bool
    ) async throws(Problem) -> (ReleaseContent, PlannedSource) {
        let name = service.spec.name
        if keepsSecrets, service.commit == nil || service.artifactSHA256 == nil { throw SourceWords.notBuilt(name) }
        let wanted = try await self.order(
            ServiceKey(project: order.project, service: name),
            order.environment,
            source,
            service.commit,
            bringing: order.secrets.mapValues(\.secret)
        )
        let built = await sources.built(wanted)
        if keepsSecrets {
            guard let built, built.artifact == service.artifactSHA256, artifacts.claim(built.artifact) else {
                throw SourceWords.notBuilt(name)
            }
        }
        let planned = PlannedSource(
            repository: "\(source.repository)",
            ref: "\(source.ref)",
            commit: "\(wanted.commit)",
            built: built != nil
        )
        return (.artifact(sha256: built?.artifact ?? "\(wanted.commit)"), planned)
    }
}
