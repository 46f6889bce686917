import Foundation
import TealCore
import TealDriverKit
import TealSecrets
import Testing

@Suite struct `The secret store` {
    private func withStore<Result>(
        _ body: (EncryptedSecretStore, String) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { (root) async throws in
            try await body(EncryptedSecretStore(under: root, key: MasterKey.open(under: root)), root)
        }
    }

    @Test func `gives back what was put, also after it was opened again`() async throws {
        try await withStore { (store, root) async throws in
            let values: [String: Secret] = [
                "DATABASE_URL": "postgres://u:p@h/d", "EMPTY": "", "WEIRD/../ü": "zeile\n2\u{0}ü",
            ]
            #expect(try await store.put(values, for: .shop) == ["DATABASE_URL": 1, "EMPTY": 1, "WEIRD/../ü": 1])
            let again = EncryptedSecretStore(under: root, key: try MasterKey.open(under: root))
            for (name, value) in values {
                #expect(try await again.value(of: name, version: 1, for: .shop) == value)
            }
            #expect(try await again.names(for: .shop) == values.keys.sorted())
        }
    }

    @Test func `keeps the version of an equal value and counts up for a new one`() async throws {
        try await withStore { (store, _) async throws in
            #expect(try await store.put(["A": "one"], for: .shop) == ["A": 1])
            #expect(try await store.put(["A": "one"], for: .shop) == ["A": 1])
            #expect(try await store.put(["A": "two", "B": "one"], for: .shop) == ["A": 2, "B": 1])
            #expect(try await store.put(["A": "one"], for: .shop) == ["A": 3])
            #expect(try await store.value(of: "A", version: 1, for: .shop) == "one")
            #expect(try await store.value(of: "A", version: 2, for: .shop) == "two")
            #expect(try await store.currentVersions(of: ["A", "B"], for: .shop) == ["A": 3, "B": 1])
        }
    }

    @Test func `says which versions values would get, and takes nothing in`() async throws {
        try await withStore { (store, _) async throws in
            try await store.put(["A": "one", "B": "one"], for: .shop)
            #expect(
                try await store.planned(["A": "one", "B": "two", "C": "one"], for: .shop) == ["A": 1, "B": 2, "C": 1]
            )
            #expect(try await store.names(for: .shop) == ["A", "B"])
            #expect(try await store.currentVersions(of: ["B"], for: .shop) == ["B": 1])
        }
    }

    @Test func `counts past nine in the order of numbers`() async throws {
        try await withStore { (store, _) async throws in
            for number in 1...12 { try await store.put(["A": Secret("\(number)")], for: .shop) }
            #expect(try await store.currentVersions(of: ["A"], for: .shop) == ["A": 12])
        }
    }

    @Test func `drops versions that nothing needs, never the newest two or what is named`() async throws {
        try await withStore { (store, _) async throws in
            for number in 1...5 { try await store.put(["A": Secret("\(number)")], for: .shop) }
            for number in 1...3 { try await store.put(["A": Secret("\(number)")], for: .blog) }
            try await store.prune(keeping: [.shop: ["A": [2]]])
            for version in [2, 4, 5] {
                #expect(try await store.value(of: "A", version: version, for: .shop) == Secret("\(version)"))
            }
            for (version, project) in [(1, ProjectName.shop), (3, .shop), (1, .blog)] {
                await #expect(throws: SecretError.versionGone(name: "A", version: version)) {
                    try await store.value(of: "A", version: version, for: project)
                }
            }
            #expect(try await store.currentVersions(of: ["A"], for: .shop) == ["A": 5])
            #expect(try await store.put(["A": "6"], for: .shop) == ["A": 6])
        }
    }

    @Test func `keeps projects apart`() async throws {
        try await withStore { (store, _) async throws in
            try await store.put(["A": "one"], for: .shop)
            await #expect(throws: SecretError.missing(["A"])) {
                try await store.currentVersions(of: ["A"], for: .blog)
            }
            #expect(try await store.names(for: .blog).isEmpty)
        }
    }

    @Test func `names everything that is missing, and a version that is gone`() async throws {
        try await withStore { (store, _) async throws in
            try await store.put(["B": "x"], for: .shop)
            await #expect(throws: SecretError.missing(["A", "C"])) {
                try await store.currentVersions(of: ["A", "B", "C"], for: .shop)
            }
            await #expect(throws: SecretError.versionGone(name: "B", version: 2)) {
                try await store.value(of: "B", version: 2, for: .shop)
            }
        }
    }

    @Test func `writes files for its owner only, with no value and no name's value alike in them`() async throws {
        try await withStore { (store, root) async throws in
            try await store.put(["A": "a value of some length", "B": "a value of some length"], for: .shop)
            let one = try bytes(of: root + "/values/shop/A/1")
            let other = try bytes(of: root + "/values/shop/B/1")
            #expect(try mode(of: root + "/values/shop/A/1") == 0o600)
            #expect(try mode(of: root + "/values/shop/A") == 0o700)
            #expect(!String(decoding: one, as: UTF8.self).contains("value"))
            // Past magic, version and key id, equal values look unlike each other.
            #expect(Array(one[17..<49]) != Array(other[17..<49]))
            #expect(try files(below: root).allSatisfy { !$0.contains(".tmp") })
        }
    }

    @Test func `refuses a file of which any byte was changed`() async throws {
        try await withStore { (store, root) async throws in
            try await store.put(["A": "value"], for: .shop)
            let path = root + "/values/shop/A/1"
            let whole = try bytes(of: path)
            for index in whole.indices {
                var damaged = whole
                damaged[index] ^= 1
                try overwrite(path, damaged)
                let error = await #expect(throws: SecretError.self) {
                    try await store.value(of: "A", version: 1, for: .shop)
                }
                guard case .unreadable(let text) = error else {
                    Issue.record("byte \(index): \(String(describing: error))")
                    return
                }
                #expect(text.hasPrefix(path + ": "))
            }
        }
    }

    @Test func `refuses a file that was cut, or lengthened`() async throws {
        try await withStore { (store, root) async throws in
            try await store.put(["A": "value"], for: .shop)
            let path = root + "/values/shop/A/1"
            let whole = try bytes(of: path)
            for damaged in (0..<whole.count).map({ Array(whole.prefix($0)) }) + [whole + [0]] {
                try overwrite(path, damaged)
                await #expect(throws: SecretError.self) { try await store.value(of: "A", version: 1, for: .shop) }
            }
        }
    }

    @Test func `refuses a file that was moved to another name, version or project`() async throws {
        try await withStore { (store, root) async throws in
            for project in [ProjectName.shop, .blog] {
                try await store.put(["A": "one", "B": "two"], for: project)
                try await store.put(["A": "three"], for: project)
            }
            let whole = try bytes(of: root + "/values/shop/A/1")
            let places: [(String, Int, ProjectName)] = [("B", 1, .shop), ("A", 2, .shop), ("A", 1, .blog)]
            for (name, version, project) in places {
                try overwrite(root + "/values/\(project)/\(name)/\(version)", whole)
                await #expect(throws: SecretError.self) {
                    try await store.value(of: name, version: version, for: project)
                }
            }
        }
    }

    @Test func `says when a file was sealed with another key, on reading and on putting`() async throws {
        try await withStore { (store, root) async throws in
            try await store.put(["A": "value"], for: .shop)
            let foreign = EncryptedSecretStore(under: root, key: try MasterKey.open(under: root + "/other"))
            let path = root + "/values/shop/A/1"
            await #expect(throws: SecretError.unreadable("\(path): it was sealed with another key")) {
                try await foreign.value(of: "A", version: 1, for: .shop)
            }
            await #expect(
                throws: SecretStoreError.unreadable(path: path, reason: "it was sealed with another key")
            ) { try await foreign.put(["A": "value"], for: .shop) }
        }
    }

    @Test func `heals a damaged newest version with the next one`() async throws {
        try await withStore { (store, root) async throws in
            try await store.put(["A": "value"], for: .shop)
            try overwrite(root + "/values/shop/A/1", [])
            #expect(try await store.put(["A": "value"], for: .shop) == ["A": 2])
            #expect(try await store.value(of: "A", version: 2, for: .shop) == "value")
        }
    }

    @Test func `refuses names and values beyond their limits before it stores any`() async throws {
        try await withStore { (store, root) async throws in
            let long = Secret(String(repeating: "x", count: EncryptedSecretStore.valueBytesMax + 1))
            await #expect(throws: SecretStoreError.valueTooLong(name: "B")) {
                try await store.put(["A": "x", "B": long], for: .shop)
            }
            let name = String(repeating: "x", count: EncryptedSecretStore.nameBytesMax + 1)
            await #expect(throws: SecretStoreError.badName(name)) { try await store.put([name: "x"], for: .shop) }
            await #expect(throws: SecretStoreError.badName("")) { try await store.put(["": "x"], for: .shop) }
            #expect(try files(below: root) == ["key"])
        }
    }

    @Test func `takes puts at the same time in some order`() async throws {
        try await withStore { (store, _) async throws in
            let versions = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<20 {
                    group.addTask { try await store.put(["A": Secret("\(number)")], for: .shop)["A"] ?? 0 }
                }
                return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
            }
            #expect(versions == Set(1...20))
        }
    }
}

@Suite struct `The environments of releases` {
    private func withStore<Result>(
        _ body: (ReleaseEnvironmentStore, String) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { (root) async throws in
            try await body(ReleaseEnvironmentStore(under: root, key: MasterKey.open(under: root)), root)
        }
    }

    @Test func `come back whole, and can be saved again`() async throws {
        try await withStore { (store, root) async throws in
            let first: [String: Secret] = ["A": "ä\n\"=", "B": "", "C": Secret(String(repeating: "x", count: 100_000))]
            try store.save(first, of: .backend(41))
            try store.save(["A": "new"], of: .backend(42))
            try store.save(["A": "newer"], of: .backend(42))
            #expect(try store.load(.backend(41)) == first)
            #expect(try store.load(.backend(42)) == ["A": "newer"])
            #expect(try store.load(.backend(43)) == nil)
            #expect(try mode(of: root + "/releases/shop%2fbackend%4041") == 0o600)
        }
    }

    @Test func `are listed in order, and forgotten one by one`() async throws {
        try await withStore { (store, root) async throws in
            #expect(try store.list().isEmpty)
            for number in [10, 9, 1] { try store.save([:], of: .backend(number)) }
            try overwrite(root + "/releases/.tmp-x", [])
            try overwrite(root + "/releases/stranger", [])
            #expect(try store.list().map(\.number) == [1, 9, 10])
            try store.delete(.backend(9))
            try store.delete(.backend(9))
            #expect(try store.list().map(\.number) == [1, 10])
        }
    }

    @Test func `are unreadable when damaged, moved, or sealed with another key`() async throws {
        try await withStore { (store, root) async throws in
            try store.save(["A": "x"], of: .backend(1))
            let path = root + "/releases/shop%2fbackend%401"
            try overwrite(root + "/releases/shop%2fbackend%402", try bytes(of: path))
            #expect(throws: SecretStoreError.self) { try store.load(.backend(2)) }
            let foreign = ReleaseEnvironmentStore(under: root, key: try MasterKey.open(under: root + "/other"))
            #expect(throws: SecretStoreError.unreadable(path: path, reason: "it was sealed with another key")) {
                try foreign.load(.backend(1))
            }
            var damaged = try bytes(of: path)
            damaged[damaged.count - 1] ^= 1
            try overwrite(path, damaged)
            #expect(throws: SecretStoreError.self) { try store.load(.backend(1)) }
        }
    }

    @Test func `beyond the limit are refused without their values`() async throws {
        try await withStore { (store, _) async throws in
            let long = Secret(String(repeating: "x", count: ReleaseEnvironmentStore.environmentBytesMax))
            #expect(throws: SecretStoreError.valueTooLong(name: "shop/backend@1")) {
                try store.save(["A": long], of: .backend(1))
            }
        }
    }
}
