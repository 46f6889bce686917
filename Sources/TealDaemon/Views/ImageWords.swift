import TealAPI
import TealCore
import TealDriverKit

/// The words for images: which one, how it was found, and why it was not.
enum ImageWords {
    /// The first digits of a digest or an ID, with its kind.
    static func short(_ digest: String) -> String {
        guard let colon = digest.firstIndex(of: ":") else { return String(digest.prefix(12)) }
        return String(digest[...colon] + digest[digest.index(after: colon)...].prefix(12))
    }

    /// `ghcr.io/acme/shop:1.4 (sha256:98ac639ae282)`; nil for an artifact.
    static func name(_ release: Release) -> String? {
        guard case .image(let reference) = release.spec.source, release.content.isImage else { return nil }
        return "\(reference) (\(short(release.content.hash)))"
    }

    /// The same, and whether the host alone has it.
    static func text(_ release: Release) -> String? {
        guard case .localImage = release.content else { return name(release) }
        return name(release).map { "\($0), image of this host, never pushed" }
    }

    /// What a plan says of the image of a release; nil for an artifact.
    static func planned(_ release: Release, _ found: FoundImage?) -> PlannedImage? {
        guard case .image(let reference) = release.spec.source, release.content.isImage else { return nil }
        let (how, because): (PlannedImage.Found, String?) =
            switch found?.place {
            case nil: (.recorded, nil)
            case .registry: (.registry, nil)
            case .host(let because, _): (.host, because)
            case .hostOnly: (.hostOnly, nil)
            }
        return PlannedImage(reference: reference, digest: release.content.hash, found: how, because: because)
    }

    /// What nobody wrote and the image says, for the plan.
    static func assumed(_ spec: ServiceSpec, written: ServiceSpec, _ traits: ImageTraits) -> [String] {
        var lines: [String] = []
        if written.port == nil, let port = spec.port { lines.append("port \(port), which its image exposes") }
        if traits.hasHealthCheck == true { lines.append("the HEALTHCHECK of its image is part of the health gate") }
        return lines
    }

    /// What a plan says of an image that the registry may have another one for by now; nil where it cannot.
    static func unasked(_ spec: ServiceSpec, _ image: FoundImage) -> String? {
        guard case .host(let because, let word) = image.place, word != .hasNone,
            case .image(let reference) = spec.source
        else { return nil }
        let why = word == .refused ? "does not tell who asks for \(reference)" : "gave no answer for \(reference)"
        return
            "\(spec.name): its registry \(why), and may have another image by now than the host's copy "
            + "\(short(image.content.hash)): \(because); a deploy takes that copy only with `--host-images`, or with this plan "
            + "by `--plan`"
    }

    /// A deploy that would take the host's copy of an image although nobody said so.
    static func unasked(
        _ spec: ServiceSpec,
        _ reference: ImageReference,
        _ image: FoundImage,
        _ because: String,
        _ word: RegistryWord
    ) -> Problem {
        let isRefused = word == .refused
        let advice =
            isRefused ? advice(reference, spec.pull) : "Try again once \(reference.registry) answers"
        return Problem(
            "deploy.registry",
            "nothing has been changed: the image \(reference) of \(spec.name) may be another one by now than this host's copy "
                + "\(short(image.content.hash)): \(reference.registry) "
                + "\(isRefused ? "does not tell who asks" : "gave no answer"): \(because)",
            next: ["\(advice), or take the host's copy with `teal deploy --host-images`"]
        )
    }

    /// A deploy of a plan whose image is not to be had any more.
    static func moved(_ spec: ServiceSpec, _ reference: ImageReference, planned: String, now: FoundImage?) -> Problem {
        let present = now.map { "the name stands for \(short($0.content.hash)) now" } ?? "nobody has it"
        return Problem(
            "deploy.image-moved",
            "nothing has been changed: the plan showed \(short(planned)) for the image \(reference) of \(spec.name), and that "
                + "cannot be had any more: \(present)",
            next: ["Look at what a deploy would do now with `teal plan`"]
        )
    }

    /// What works, but should be looked at.
    static func warnings(_ spec: ServiceSpec, _ traits: ImageTraits) -> [String] {
        var lines: [String] = []
        let user = spec.written.map(\.user) ?? spec.container.user
        if user == nil, traits.runsAsRoot == true {
            let key = spec.written == nil ? "container: {user: …}" : "user"
            lines.append(
                "\(spec.name) runs as root, since its image names no other user; name one with `\(key)` if it can do without"
            )
        }
        let kept =
            spec.volumes.map(\.target) + (spec.container.temporary ?? []) + (spec.written?.mounts.map(\.target) ?? [])
        let lost = traits.volumes.filter { path in !kept.contains { path == $0 || path.hasPrefix($0 + "/") } }
        if !lost.isEmpty {
            lines.append(
                "\(spec.name): its image keeps data in \(lost.joined(separator: ", ")), and no volume is there: "
                    + "what it writes goes with each release"
            )
        }
        return lines
    }

    /// Why the engine could not be asked, as the end of a sentence.
    static func text(engine error: ImageError) -> String {
        switch error {
        case .noEngine(let reason), .slowEngine(let reason), .otherVersion(let reason, _), .noRegistry(let reason),
            .failed(let reason):
            reason
        case .notPermitted(let socket): "the daemon may not use \(socket)"
        case .notFound, .denied: "it refused"
        case .cancelled: "it was cancelled"
        }
    }

    /// What to do about an engine that cannot be used; empty where the reason says all.
    static func next(engine error: ImageError) -> [String] {
        switch error {
        case .noEngine: ["Start Docker, or name its socket with `teal serve --docker-socket`"]
        case .slowEngine:
            ["See what keeps it with `journalctl -u docker`, and try again once `docker version` answers"]
        case .otherVersion(_, engineIsOlder: true): ["Upgrade Docker; what runs is left as it is until then"]
        case .otherVersion(_, engineIsOlder: false): ["Upgrade Teal; what runs is left as it is until then"]
        case .notPermitted(let socket):
            ["Put the daemon's user into the group of \(socket), often `docker`, and start the daemon again"]
        case .notFound, .denied, .noRegistry, .failed, .cancelled: []
        }
    }

    /// Why an image could not be found, as the end of a sentence.
    static func text(_ error: ImageError, _ reference: ImageReference) -> String {
        switch error {
        case .noEngine, .slowEngine, .otherVersion, .notPermitted, .cancelled: text(engine: error)
        case .notFound: "neither \(reference.registry) nor this host has it"
        case .denied: "\(reference.registry) does not give it to who asks"
        case .noRegistry(let reason): "\(reference.registry) gave no answer, and this host has no copy: \(reason)"
        case .failed(let text): text
        }
    }

    /// A deploy that cannot begin since its image cannot be found.
    static func problem(_ error: ImageError, _ reference: ImageReference, of spec: ServiceSpec) -> Problem {
        let why = text(error, reference)
        let image = "nothing has been changed: the image \(reference) of \(spec.name)"
        switch error {
        case .noEngine:
            return Problem(
                "deploy.docker",
                "nothing has been changed: \(spec.name) runs an image, and Docker cannot be used here: \(why)",
                next: next(engine: error)
            )
        case .slowEngine:
            return Problem(
                "deploy.docker-slow",
                "nothing has been changed: \(spec.name) runs an image, and \(why)",
                next: next(engine: error)
            )
        case .otherVersion:
            return Problem(
                "deploy.docker-version",
                "nothing has been changed: \(spec.name) runs an image, and \(why)",
                next: next(engine: error)
            )
        case .notPermitted:
            return Problem(
                "deploy.docker-rights",
                "nothing has been changed: \(spec.name) runs an image, and \(why)",
                next: next(engine: error)
            )
        case .notFound:
            return Problem(
                "deploy.image-missing",
                "\(image) is not there: \(why)",
                next: ["Push it, or build it on this host", "Look at `image` of \(spec.name) in teal.yml"]
            )
        case .denied:
            return Problem(
                "deploy.image-denied",
                "\(image) cannot be had: \(why)",
                next: [
                    advice(reference, spec.pull),
                    "Check its name: registries say the same of images that they do not have",
                ]
            )
        case .noRegistry:
            return Problem(
                "deploy.registry",
                "\(image) cannot be found: \(why)",
                next: ["Try again once \(reference.registry) answers, or pull the image on this host first"]
            )
        case .failed, .cancelled: return Problem("deploy.image", "\(image) cannot be found: \(why)")
        }
    }

    private static func advice(_ reference: ImageReference, _ access: PullAccess?) -> String {
        guard let access else { return "Say who pulls from \(reference.registry) under `registries` in teal.yml" }
        return
            "Check that `\(access.username)` may pull it, and the value of \(access.passwordSecret) in the secrets file"
    }

    /// A service without a port whose image does not say one either.
    static func noPort(_ spec: ServiceSpec, _ traits: ImageTraits) -> Problem {
        let why: String
        if let ports = traits.ports {
            why =
                ports.isEmpty
                ? "its image exposes none"
                : "its image exposes several: \(ports.map { "\($0)" }.joined(separator: ", "))"
        } else {
            why = "what its image exposes is not known before it is pulled"
        }
        return Problem(
            "deploy.image-port",
            "nothing has been changed: no port is given for \(spec.name), and \(why)",
            next: ["Write `port: \(traits.ports?.first ?? 8080)` for \(spec.name) in teal.yml"]
        )
    }
}
