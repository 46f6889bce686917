import Synchronization
import TealAPI
import TealCore
import TealDocker
import TealDriverKit
import TealSecrets
import TealTestSupport
import Testing

@testable import TealDaemon
@testable import TealEngine

@Suite struct `Images in words` {
    private func release(_ content: ReleaseContent) throws -> Release {
        try Samples().image(42, "ghcr.io/acme/shop:1.4", content)
    }

    @Test func `an image is named with the first digits of what it is`() throws {
        #expect(
            try ImageWords.text(release(.image(digest: Samples.digest)))
                == "ghcr.io/acme/shop:1.4 (sha256:0123456789ab)"
        )
        #expect(
            try ImageWords.text(release(.localImage(id: Samples.digest)))
                == "ghcr.io/acme/shop:1.4 (sha256:0123456789ab), image of this host, never pushed"
        )
        #expect(try ImageWords.text(Samples().release(42)) == nil)
    }

    @Test func `a plan has the whole digest and how it was found`() throws {
        let release = try release(.image(digest: Samples.digest))
        func planned(_ place: FoundImage.Place) -> PlannedImage? {
            ImageWords.planned(release, .init(content: release.content, place: place, traits: .init()))
        }
        #expect(planned(.registry)?.found == .registry)
        #expect(planned(.registry)?.digest == Samples.digest)
        #expect(planned(.registry)?.reference == "ghcr.io/acme/shop:1.4")
        #expect(planned(.host(because: "no route"))?.because == "no route")
        #expect(planned(.hostOnly)?.found == .hostOnly)
        #expect(ImageWords.planned(release, nil)?.found == .recorded)
        #expect(try ImageWords.planned(Samples().release(42), nil) == nil)
    }

    @Test(
        arguments: [
            ("", true), ("root", true), ("0", true), ("0:0", true), ("root:app", true), ("app", false),
            ("1000:0", false),
            (nil, nil),
        ] as [(String?, Bool?)]
    )
    func `root is root by any name`(user: String?, isRoot: Bool?) {
        #expect(ImageTraits(user: user).runsAsRoot == isRoot)
    }

    @Test func `what should be looked at is said`() throws {
        var spec = try release(.image(digest: Samples.digest)).spec
        let traits = ImageTraits(user: "", volumes: ["/data", "/var/lib/mail"])
        #expect(
            ImageWords.warnings(spec, traits) == [
                """
                web runs as root, since its image names no other user; name one with `container: {user: …}` if it can do \
                without
                """,
                """
                web: its image keeps data in /data, /var/lib/mail, and no volume is there: what it writes goes with each \
                release
                """,
            ]
        )
        spec.container.user = "app"
        spec.volumes = [.init(source: "mail", target: "/var/lib", readOnly: false, shared: true)]
        spec.container.temporary = ["/data"]
        #expect(ImageWords.warnings(spec, traits) == [])
        #expect(ImageWords.warnings(try Samples().release(42).spec, ImageTraits()) == [])
    }

    @Test(arguments: [
        (
            ImageError.noEngine(reason: "there is no Docker socket at /var/run/docker.sock"),
            """
            error: nothing has been changed: web runs an image, and Docker cannot be used here: there is no Docker socket \
            at /var/run/docker.sock [deploy.docker]
              next: Start Docker, or name its socket with `teal serve --docker-socket`
            """
        ),
        (
            .slowEngine(reason: "the Docker Engine did not answer 'version' within 5s"),
            """
            error: nothing has been changed: web runs an image, and the Docker Engine did not answer 'version' within 5s \
            [deploy.docker-slow]
              next: See what keeps it with `journalctl -u docker`, and try again once `docker version` answers
            """
        ),
        (
            .otherVersion(
                reason: "the Docker Engine speaks API 1.40 and Teal needs 1.41 or later (Docker 20.10)",
                engineIsOlder: true
            ),
            """
            error: nothing has been changed: web runs an image, and the Docker Engine speaks API 1.40 and Teal needs 1.41 \
            or later (Docker 20.10) [deploy.docker-version]
              next: Upgrade Docker; what runs is left as it is until then
            """
        ),
        (
            .otherVersion(
                reason: "the Docker Engine wants API 1.80 or later and this Teal knows 1.52",
                engineIsOlder: false
            ),
            """
            error: nothing has been changed: web runs an image, and the Docker Engine wants API 1.80 or later and this Teal \
            knows 1.52 [deploy.docker-version]
              next: Upgrade Teal; what runs is left as it is until then
            """
        ),
        (
            .notPermitted(socket: "/var/run/docker.sock"),
            """
            error: nothing has been changed: web runs an image, and the daemon may not use /var/run/docker.sock \
            [deploy.docker-rights]
              next: Put the daemon's user into the group of /var/run/docker.sock, often `docker`, and start the daemon again
            """
        ),
        (
            .notFound,
            """
            error: nothing has been changed: the image ghcr.io/acme/shop:1.4 of web is not there: neither ghcr.io nor this \
            host has it [deploy.image-missing]
              next: Push it, or build it on this host
                    Look at `image` of web in teal.yml
            """
        ),
        (
            .denied,
            """
            error: nothing has been changed: the image ghcr.io/acme/shop:1.4 of web cannot be had: ghcr.io does not give it \
            to who asks [deploy.image-denied]
              next: Say who pulls from ghcr.io under `registries` in teal.yml
                    Check its name: registries say the same of images that they do not have
            """
        ),
        (
            .noRegistry(reason: "no route to host"),
            """
            error: nothing has been changed: the image ghcr.io/acme/shop:1.4 of web cannot be found: ghcr.io gave no answer, \
            and this host has no copy: no route to host [deploy.registry]
              next: Try again once ghcr.io answers, or pull the image on this host first
            """
        ),
        (
            .failed("the manifest is not one"),
            """
            error: nothing has been changed: the image ghcr.io/acme/shop:1.4 of web cannot be found: the manifest is not one \
            [deploy.image]
            """
        ),
    ])
    func `why an image was not found is said with the way on`(error: ImageError, text: String) throws {
        let reference = try #require(ImageReference(parsing: "ghcr.io/acme/shop:1.4"))
        let spec = try Samples().release(42).spec
        #expect(ImageWords.problem(error, reference, of: spec).description == text)
    }

    @Test func `who asked in vain is named, the password never`() throws {
        let reference = try #require(ImageReference(parsing: "ghcr.io/acme/shop:1.4"))
        var spec = try Samples().release(42).spec
        spec.pull = PullAccess(username: "acme", passwordSecret: "REGISTRY_PASSWORD")
        #expect(
            ImageWords.problem(.denied, reference, of: spec).next.first
                == "Check that `acme` may pull it, and the value of REGISTRY_PASSWORD in the secrets file"
        )
    }
}

@Suite struct `Who pulls an image` {
    private func with<Result>(
        _ body: (SealedEnvironments, EncryptedSecretStore, ProjectName) async throws -> Result
    ) async throws -> Result {
        try await Fixture.with("logins") { fixture in
            let root = try fixture.directory() + "/secrets"
            let key = try MasterKey.open(under: root)
            let store = EncryptedSecretStore(under: root, key: key)
            let sealed = ReleaseEnvironmentStore(under: root, key: key)
            return try await body(SealedEnvironments(secrets: store, sealed: sealed), store, Samples().key.project)
        }
    }

    private static let access = PullAccess(username: "acme", passwordSecret: "REGISTRY_PASSWORD")

    @Test func `pulls with the newest password, and a deploy with the one that it brings`() async throws {
        try await with { environments, store, project in
            let release = try Samples().image(42) { $0.pull = Self.access }
            await #expect(throws: SecretError.missing(["REGISTRY_PASSWORD"])) {
                try await environments.login(for: release)
            }
            try await store.put(["REGISTRY_PASSWORD": Secret("old-value")], for: project)
            try await store.put(["REGISTRY_PASSWORD": Secret("new-value")], for: project)
            #expect(
                try await environments.login(for: release)
                    == ImageLogin(username: "acme", password: Secret("new-value"))
            )
            let brought = try await environments.login(
                Self.access,
                bringing: ["REGISTRY_PASSWORD": Secret("brought")],
                for: project
            )
            #expect(brought?.password == Secret("brought"))
            #expect(try await environments.login(for: Samples().image(42)) == nil)
        }
    }

    @Test func `is no part of the environment, and masked in every version`() async throws {
        try await with { environments, store, project in
            let release = try Samples().image(42) { $0.pull = Self.access }
            // Without a value lines can be shown all the same.
            #expect(await environments.masked(["a line"], of: release) == ["a line"])
            try await store.put(["REGISTRY_PASSWORD": Secret("old-value")], for: project)
            try await store.put(["REGISTRY_PASSWORD": Secret("new-value")], for: project)
            #expect(
                await environments.masked(["a old-value", "b new-value"], of: release)
                    == ["a <redacted>", "b <redacted>"]
            )
            #expect(try await environments.environment(of: release)["REGISTRY_PASSWORD"] == nil)
            #expect(await environments.isRestorable(release))
        }
    }
}

@Suite struct `An image that a release had` {
    private func shelf(_ images: FakeImages) -> ReleaseImages {
        ReleaseImages(source: images) { _ async throws(SecretError) in nil }
    }

    @Test func `is here, or is had again by its digest`() async throws {
        let images = FakeImages()
        let release = try Samples().image(41, "ghcr.io/acme/shop:1.4")
        #expect(
            await shelf(images).whyGone(release)
                == "neither ghcr.io nor this host has it"
        )
        images.put(
            "ghcr.io/acme/shop@\(Samples.digest)",
            .success(.init(content: release.content, place: .registry, traits: .init()))
        )
        #expect(await shelf(images).whyGone(release) == nil)
        #expect(images.state.withLock(\.asked).last == "ghcr.io/acme/shop@\(Samples.digest)")
        // What is here is asked of nobody.
        let quiet = FakeImages()
        quiet.state.withLock { $0.here = [Samples.digest] }
        #expect(await shelf(quiet).whyGone(release) == nil)
        #expect(quiet.state.withLock(\.asked) == [])
    }

    @Test func `is gone for good when it was never pushed`() async throws {
        let release = try Samples().image(41, "shop:dev", .localImage(id: Samples.digest))
        #expect(await shelf(FakeImages()).whyGone(release) == "it was never pushed, and is not on this host any more")
    }

    @Test func `is gone while nobody knows who may pull it`() async throws {
        let shelf = ReleaseImages(source: FakeImages()) { _ async throws(SecretError) in throw .missing(["HUB"]) }
        #expect(try await shelf.whyGone(Samples().image(41)) == "no value for HUB")
    }
}

@Suite struct `The doctor looks at what runs containers` {
    private func report(
        keeps: Bool,
        rootless: Bool = false,
        settings: String? = "/etc/docker/daemon.json"
    ) -> EngineReport {
        EngineReport(
            name: "Docker",
            version: "28.5.1",
            apiVersion: "1.51",
            socket: "/nowhere/docker.sock",
            keepsContainers: keeps,
            isRootless: rootless,
            settingsFile: settings
        )
    }

    @Test func `and finds nothing where all is well`() {
        let advice = EngineAdvice(report(keeps: true))
        #expect(advice.name == "Docker 28.5.1 (API 1.51) answers, and its restarts stop nothing")
        #expect(advice.findings == [])
        #expect(EngineAdvice(report(keeps: true), socketMode: 0o660).findings == [])
    }

    @Test func `and advises live-restore with the very line`() {
        let findings = EngineAdvice(report(keeps: false)).findings
        #expect(findings.map(\.severity) == [.warning])
        #expect(
            findings.map(\.text) == [
                """
                live-restore is off: each restart or upgrade of Docker stops every container, and users get no answer until \
                it has started them again
                """
            ]
        )
        #expect(
            findings.flatMap(\.next) == [
                """
                Add the line `"live-restore": true` to /etc/docker/daemon.json, or write `{"live-restore": true}` if there \
                is no such file, then do `systemctl reload docker`; no container stops for it
                """
            ]
        )
        let rootless = EngineAdvice(report(keeps: false, rootless: true, settings: "~/.config/docker/daemon.json"))
        #expect(rootless.findings.first?.next.first?.contains("`systemctl --user reload docker`") == true)
    }

    @Test func `and names networks that are gone`() {
        let report = EngineReport(
            name: "Docker",
            version: "28.5.1",
            apiVersion: "1.51",
            socket: "/nowhere/docker.sock",
            keepsContainers: true,
            isRootless: false,
            settingsFile: nil,
            missingNetworks: ["teal-shop"]
        )
        #expect(
            EngineAdvice(report).findings.map(\.text)
                == ["the network teal-shop is gone: what runs in it is reached by nobody"]
        )
    }

    @Test func `and says who may become root by its socket`() {
        let findings = EngineAdvice(report(keeps: true), socketMode: 0o666).findings
        #expect(
            findings.map(\.text) == ["every user of this host may use /nowhere/docker.sock, and with it become root"]
        )
        #expect(findings.flatMap(\.next) == ["Do `chmod o-rw /nowhere/docker.sock`"])
    }

    @Test func `and says why it does not answer`() {
        let down = EngineAdvice(.noEngine(reason: "nobody listens on /var/run/docker.sock"))
        #expect(down.findings.map(\.text) == ["nobody listens on /var/run/docker.sock"])
        #expect(down.findings.map(\.severity) == [.error])
        let rights = EngineAdvice(.notPermitted(socket: "/var/run/docker.sock"))
        #expect(rights.findings.map(\.text) == ["the daemon may not use /var/run/docker.sock"])
        #expect(rights.findings.first?.next.first?.contains("often `docker`") == true)
    }
}

@Suite struct `The engine's socket` {
    private func choose(_ named: String?, _ dockerHost: String?, _ there: [String] = []) -> String {
        DockerSocket.choose(named: named, dockerHost: dockerHost, user: 1000, isThere: there.contains)
    }

    @Test func `is the one that was named, then that of DOCKER_HOST, then one that is there`() {
        #expect(choose("/a.sock", "unix:///b.sock", ["/var/run/docker.sock"]) == "/a.sock")
        #expect(choose("unix:///a.sock", nil) == "/a.sock")
        #expect(choose(nil, "unix:///b.sock", ["/var/run/docker.sock"]) == "/b.sock")
        #expect(choose(nil, nil, ["/run/user/1000/docker.sock"]) == "/run/user/1000/docker.sock")
        #expect(choose(nil, nil, ["/run/podman/podman.sock"]) == "/run/podman/podman.sock")
        #expect(
            choose(nil, nil, ["/run/user/1000/podman/podman.sock", "/run/user/1000/docker.sock"])
                == "/run/user/1000/docker.sock"
        )
        #expect(choose(nil, nil) == "/var/run/docker.sock")
    }

    @Test(
        arguments: [
            ("tcp://10.0.0.1:2375", true), ("ssh://host", true), ("unix:///a", false), ("", false), (nil, false),
        ] as [(String?, Bool)]
    )
    func `is never on another host`(dockerHost: String?, isElsewhere: Bool) {
        #expect(DockerSocket.isElsewhere(dockerHost) == isElsewhere)
        if isElsewhere { #expect(choose(nil, dockerHost) == "/var/run/docker.sock") }
    }
}

@Suite struct `What Docker says becomes words for images` {
    @Test(arguments: [
        (
            DockerError.socketMissing(path: "/a.sock"),
            ImageError.noEngine(reason: "there is no Docker socket at /a.sock")
        ),
        (.permissionRefused(path: "/a.sock"), .notPermitted(socket: "/a.sock")),
        (
            .engineTooOld(speaks: APIVersion(1, 40), needed: .oldest),
            .otherVersion(
                reason: "the Docker Engine speaks API 1.40 and Teal needs 1.41 or later (Docker 20.10)",
                engineIsOlder: true
            )
        ),
        (.status(403, message: "denied: requested access to the resource is denied", call: "x"), .denied),
        (.status(401, message: "unauthorized: authentication required", call: "x"), .denied),
        (.status(500, message: "no basic auth credentials", call: "x"), .denied),
        (
            .status(500, message: "Get \"https://ghcr.io/v2/\": dial tcp: lookup ghcr.io: no such host", call: "x"),
            .noRegistry(reason: "Get \"https://ghcr.io/v2/\": dial tcp: lookup ghcr.io: no such host")
        ),
        (.status(404, message: "manifest unknown", call: "x"), .notFound),
        (.status(500, message: "manifest for shop:9 not found", call: "x"), .notFound),
        (.status(400, message: "invalid reference format", call: "x"), .failed("invalid reference format")),
        (.cancelled, .cancelled),
    ])
    func `each by what can be done about it`(error: DockerError, meaning: ImageError) {
        #expect(ImageError(finding: error) == meaning)
    }

    @Test func `a registry that is waited for in vain is not an engine that is away`() {
        let waiting = DockerError.timedOut(call: "ask the registry for shop:1", after: .seconds(30))
        #expect(
            ImageError(finding: waiting)
                == .noRegistry(
                    reason: "the Docker Engine did not answer 'ask the registry for shop:1' within 30s"
                )
        )
        let hanging = DockerError.timedOut(call: "inspect image", after: .seconds(15))
        let slow = ImageError.slowEngine(reason: "the Docker Engine did not answer 'inspect image' within 15s")
        #expect(ImageError(finding: hanging) == slow && ImageError(asking: hanging) == slow)
    }
}
