package import TealCore
package import TealDriverKit

/// Teal's own secrets of a host: every version of every value, each sealed in a file of its own.
///
/// A version, once given, always means the same value. Values are compared by keyed marks, so that equal values of two
/// names cannot be seen from outside. An actor, since giving the next version is reading and then writing.
package actor EncryptedSecretStore: SecretSource {
    /// The longest name, in bytes.
    package static let nameBytesMax = 80
    /// The longest value, in bytes: Linux takes no longer environment variable (MAX_ARG_STRLEN).
    package static let valueBytesMax = 128 << 10

    private let values: DurableDirectory
    private let key: MasterKey

    /// A store under a root that ``MasterKey/open(under:)`` has opened.
    package init(under root: String, key: MasterKey) {
        values = DurableDirectory(path: "\(root)/values")
        self.key = key
    }

    /// Stores values and returns the version of each.
    ///
    /// A value that equals its newest version keeps that version, so the call may be repeated. It is not all or
    /// nothing: after an error some values may be stored. A damaged newest version is left behind under its number.
    ///
    /// - Throws: ``SecretStoreError/unreadable(path:reason:)`` when the newest version was sealed with another key.
    @discardableResult
    package func put(_ new: [String: Secret], for project: ProjectName) throws(SecretStoreError) -> [String: Int] {
        for (name, value) in new.sorted(by: { $0.key < $1.key }) {
            try Self.check(name)
            guard value.reveal().utf8.count <= Self.valueBytesMax else { throw .valueTooLong(name: name) }
        }
        var versions: [String: Int] = [:]
        for (name, value) in new.sorted(by: { $0.key < $1.key }) {
            versions[name] = try put(Array(value.reveal().utf8), name, project)
        }
        return versions
    }

    /// The versions that ``put(_:for:)`` would give; stores nothing.
    package func planned(_ new: [String: Secret], for project: ProjectName) throws(SecretStoreError) -> [String: Int] {
        var versions: [String: Int] = [:]
        for (name, value) in new {
            try Self.check(name)
            let newest = try self.versions(of: name, project).max() ?? 0
            let isSame = try isNewest(Array(value.reveal().utf8), newest, name, project)
            versions[name] = isSame ? newest : newest + 1
        }
        return versions
    }

    /// A keyed mark by which values can be compared with others, also of another day; empty without any.
    ///
    /// - Returns: HMAC-SHA-256 of names and values, in hexadecimal.
    package func mark(of values: [String: Secret]) -> String {
        guard !values.isEmpty else { return "" }
        return SealedFile.mark(
            of: values.sorted { $0.key < $1.key }.map { ($0.key, Array($0.value.reveal().utf8)) },
            with: key
        )
    }

    /// The names that have a value in a project, ascending.
    package func names(for project: ProjectName) throws(SecretStoreError) -> [String] {
        let directory = DurableDirectory(path: values.path(of: FileName.of("\(project)")))
        return try directory.names().compactMap(FileName.text(of:)).sorted()
    }

    package func currentVersions(of names: [String], for project: ProjectName) throws(SecretError) -> [String: Int] {
        var versions: [String: Int] = [:]
        var missing: [String] = []
        do {
            for name in names {
                try Self.check(name)
                if let newest = try self.versions(of: name, project).max() {
                    versions[name] = newest
                } else {
                    missing.append(name)
                }
            }
        } catch {
            throw error.asSecretError
        }
        guard missing.isEmpty else { throw .missing(missing) }
        return versions
    }

    package func value(of name: String, version: Int, for project: ProjectName) throws(SecretError) -> Secret {
        do {
            try Self.check(name)
            let directory = directory(of: name, project)
            if let file = try directory.read("\(version)") {
                let bytes = try opened(file, name, version, project)
                return Secret(String(decoding: bytes, as: UTF8.self))
            }
        } catch {
            throw error.asSecretError
        }
        throw .versionGone(name: name, version: version)
    }

    /// Removes the versions that nothing needs: all but those that are named, and the newest two of each name, since a
    /// release that is just being written down may have been given the one before the newest.
    ///
    /// - Parameter needed: The versions to keep by project and name.
    /// - Throws: ``SecretStoreError`` at the first file that cannot be listed or removed; the rest stays for the next call.
    package func prune(keeping needed: [ProjectName: [String: Set<Int>]]) throws(SecretStoreError) {
        for file in try values.names() {
            guard let project = FileName.text(of: file).flatMap({ try? ProjectName(parsing: $0) }) else { continue }
            for name in try names(for: project) {
                let known = try versions(of: name, project).sorted()
                let kept = needed[project]?[name] ?? []
                for version in known.dropLast(2) where !kept.contains(version) {
                    try directory(of: name, project).remove("\(version)")
                }
            }
        }
    }

    private func put(_ value: [UInt8], _ name: String, _ project: ProjectName) throws(SecretStoreError) -> Int {
        let directory = directory(of: name, project)
        let newest = try versions(of: name, project).max() ?? 0
        if try isNewest(value, newest, name, project) { return newest }
        try directory.create()
        let version = newest + 1
        let sealed = SealedFile.seal(value, for: place(name, version, project), with: key)
        guard try directory.write("\(version)", sealed, exclusively: true) else {
            throw .notWritten(path: directory.path(of: "\(version)"), reason: "another process writes to this store")
        }
        return version
    }

    /// Whether a value is what the newest version holds.
    private func isNewest(
        _ value: [UInt8],
        _ newest: Int,
        _ name: String,
        _ project: ProjectName
    )
        throws(SecretStoreError) -> Bool
    {
        guard newest > 0, let file = try directory(of: name, project).read("\(newest)"),
            try isSound(file, name, newest, project)
        else { return false }
        return SealedFile.holds(value, file, for: place(name, newest, project), with: key)
    }

    /// Whether a file opens; false when it is damaged.
    private func isSound(
        _ file: [UInt8],
        _ name: String,
        _ version: Int,
        _ project: ProjectName
    )
        throws(SecretStoreError) -> Bool
    {
        do {
            _ = try SealedFile.open(file, for: place(name, version, project), with: key)
            return true
        } catch {
            guard case .damaged = error else { throw error.asStoreError(at: path(name, version, project)) }
            return false
        }
    }

    private func opened(
        _ file: [UInt8],
        _ name: String,
        _ version: Int,
        _ project: ProjectName
    )
        throws(SecretStoreError) -> [UInt8]
    {
        do {
            return try SealedFile.open(file, for: place(name, version, project), with: key)
        } catch {
            throw error.asStoreError(at: path(name, version, project))
        }
    }

    private func versions(of name: String, _ project: ProjectName) throws(SecretStoreError) -> [Int] {
        try directory(of: name, project).names().compactMap(Int.init).filter { $0 > 0 }
    }

    private func directory(of name: String, _ project: ProjectName) -> DurableDirectory {
        DurableDirectory(path: "\(values.path)/\(FileName.of("\(project)"))/\(FileName.of(name))")
    }

    private func path(_ name: String, _ version: Int, _ project: ProjectName) -> String {
        directory(of: name, project).path(of: "\(version)")
    }

    private func place(_ name: String, _ version: Int, _ project: ProjectName) -> [String] {
        ["secret", "\(project)", name, "\(version)"]
    }

    private static func check(_ name: String) throws(SecretStoreError) {
        guard !name.isEmpty, name.utf8.count <= nameBytesMax else { throw .badName(name) }
    }
}

extension MasterKey {
    /// Why a file of another key does not open.
    static let foreign = "it was sealed with another key"
}

extension SealedFile.Failure {
    func asStoreError(at path: String) -> SecretStoreError {
        switch self {
        case .foreignKey: .unreadable(path: path, reason: MasterKey.foreign)
        case .damaged(let reason): .unreadable(path: path, reason: reason)
        }
    }
}
