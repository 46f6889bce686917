import TealAPI
import TealCore
import TealEngine

/// The words for accessories that changed, were replaced, or are needed.
enum AccessoryWords {
    static func left(_ left: AccessoryCare.Left) -> LeftAccessory {
        let name = left.draft.spec.name
        return LeftAccessory(
            service: "\(name)",
            release: "\(left.active.id)",
            changes: changes(left.draft, over: left.active),
            downtime: gap(left.draft.spec),
            next: "teal accessory upgrade \(name)"
        )
    }

    /// What differs, one a line; names of variables and secrets, never their values.
    static func changes(_ draft: ReleaseDraft, over active: Release) -> [String] {
        var lines: [String] = []
        if draft.content != active.content || draft.spec.source != active.spec.source {
            lines.append("\(word(active.content)): \(content(active)) -> \(content(draft))")
        }
        lines += SpecDifference.lines(from: active.spec, to: draft.spec)
        if draft.spec.written != active.spec.written { lines.append("its container in the Compose file changed") }
        lines += names("variables", of: active.spec.environment, draft.spec.environment)
        lines += names("secrets", of: active.secretVersions, draft.secretVersions)
        // What nobody has words for is said all the same.
        return lines.isEmpty ? ["its configuration changed"] : lines
    }

    /// What to expect of a replacement.
    static func gap(_ spec: ServiceSpec) -> String {
        "it stops, within \(ProbeWords.seconds(spec.stop.grace)), before the new one starts; "
            + "until that is ready nobody reaches it"
    }

    /// What cannot be taken back once a new release has touched its data.
    static func warning(_ member: Member) -> String? {
        guard member.spec.kind == .accessory, let old = member.old, old.content != member.new.content else {
            return nil
        }
        return
            "\(member.service.service): what \(member.new.id) does to its data stays: \(old.id) may not be able to read it "
            + "afterwards; make a backup first"
    }

    /// For how long accessories were away while a rollout replaced them, by what people were told of it.
    ///
    /// From before the old one is told to stop until the last replica has passed its gate, that of the old release on the
    /// way back.
    static func gaps(
        _ rollout: Rollout,
        _ notes: [JournalledNote],
        elapsed: Duration?
    ) -> [AccessoryGap]? {
        let replaced = rollout.members.filter { $0.spec.kind == .accessory && $0.old != nil && $0.mode == .inPlace }
        guard !replaced.isEmpty, !rollout.reached.precedes(.replace),
            let began = notes.first(where: { $0.note == .phaseBegan(.switching) })?.elapsed
        else { return nil }
        return replaced.map { member in
            let ready = notes.last { note in
                if case .progress(member.service, _) = note.note { note.elapsed >= began } else { false }
            }
            let isBack = rollout.leg.isBack || rollout.backReason != nil
            let counts = ready.map { !isBack || $0.leg.isBack } ?? false
            let end = counts ? ready?.elapsed : elapsed
            return AccessoryGap(
                service: "\(member.service.service)",
                seconds: max(.zero, (end ?? began) - began).inSeconds,
                isOver: counts
            )
        }
    }

    private static func word(_ content: ReleaseContent) -> String { content.isImage ? "image" : "artifact" }

    private static func content(_ release: Release) -> String { content(release.spec, release.content) }

    private static func content(_ draft: ReleaseDraft) -> String { content(draft.spec, draft.content) }

    private static func content(_ spec: ServiceSpec, _ content: ReleaseContent) -> String {
        guard case .image(let reference) = spec.source else { return String(content.hash.prefix(12)) }
        return "\(reference) (\(ImageWords.short(content.hash)))"
    }

    private static func names<Value: Equatable>(
        _ what: String,
        of old: [String: Value],
        _ new: [String: Value]
    ) -> [String] {
        let changed = Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }.sorted()
        return changed.isEmpty ? [] : ["\(what): \(Phrase.all(changed)) changed"]
    }
}
