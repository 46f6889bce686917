import Foundation
import TealSecrets
import Testing

@Suite struct `The master key` {
    @Test func `is made once, with access for its owner only`() async throws {
        try await withTemporaryDirectory { (directory) async throws in
            let root = directory + "/a/b"
            _ = try MasterKey.open(under: root)
            let first = try bytes(of: root + "/key")
            #expect(first.count == 32)
            #expect(Set(first).count > 8)
            #expect(try mode(of: root + "/key") == 0o600)
            #expect(try mode(of: root) == 0o700)
            _ = try MasterKey.open(under: root)
            #expect(try bytes(of: root + "/key") == first)
            #expect(try files(below: root) == ["key"])
        }
    }

    @Test func `differs from host to host`() async throws {
        try await withTemporaryDirectory { (directory) async throws in
            _ = try MasterKey.open(under: directory + "/a")
            _ = try MasterKey.open(under: directory + "/b")
            #expect(try bytes(of: directory + "/a/key") != bytes(of: directory + "/b/key"))
        }
    }

    @Test(arguments: [0o644, 0o640, 0o604, 0o660])
    func `is refused while others may read it`(open: Int) async throws {
        try await withTemporaryDirectory { (root) async throws in
            _ = try MasterKey.open(under: root)
            try FileManager.default.setAttributes([.posixPermissions: open], ofItemAtPath: root + "/key")
            #expect(
                throws: SecretStoreError.unreadable(
                    path: root + "/key",
                    reason: "others may read the key; set its mode to 600"
                )
            ) { try MasterKey.open(under: root) }
        }
    }

    @Test(arguments: [0o777, 0o750, 0o701]) func `is not kept where others may go`(open: Int) async throws {
        try await withTemporaryDirectory { root in
            try FileManager.default.setAttributes([.posixPermissions: open], ofItemAtPath: root)
            #expect(
                throws: SecretStoreError.notWritten(path: root, reason: "others may use it; do `chmod 0700 \(root)`")
            ) { try MasterKey.open(under: root) }
        }
    }

    @Test(arguments: [0, 31, 33]) func `is refused when it has another length`(count: Int) async throws {
        try await withTemporaryDirectory { (root) async throws in
            _ = try MasterKey.open(under: root)
            let handle = try FileHandle(forWritingTo: URL(filePath: root + "/key"))
            try handle.truncate(atOffset: UInt64(count))
            try handle.close()
            #expect(
                throws: SecretStoreError.unreadable(
                    path: root + "/key",
                    reason: "the key has \(count) bytes instead of 32"
                )
            ) { try MasterKey.open(under: root) }
        }
    }

    @Test func `is not made anew beside values that it sealed`() async throws {
        try await withTemporaryDirectory { (root) async throws in
            let store = EncryptedSecretStore(under: root, key: try MasterKey.open(under: root))
            try await store.put(["A": "value"], for: .shop)
            try FileManager.default.removeItem(atPath: root + "/key")
            #expect(
                throws: SecretStoreError.unreadable(
                    path: root + "/key",
                    reason: "the key is gone, while 'values' was sealed with it"
                )
            ) { try MasterKey.open(under: root) }
        }
    }

    @Test func `sweeps what a crash left half-written, and nothing else`() async throws {
        try await withTemporaryDirectory { (root) async throws in
            let store = EncryptedSecretStore(under: root, key: try MasterKey.open(under: root))
            try await store.put(["A": "value"], for: .shop)
            let whole = try files(below: root)
            try overwrite(root + "/.tmp-1", [1])
            try overwrite(root + "/values/shop/A/.tmp-2", [])
            #expect(try await store.put(["A": "value"], for: .shop) == ["A": 1])
            #expect(try await store.names(for: .shop) == ["A"])
            _ = try MasterKey.open(under: root)
            #expect(try files(below: root) == whole)
        }
    }

    @Test func `is made after a crash before its file was in place`() async throws {
        try await withTemporaryDirectory { (root) async throws in
            try overwrite(root + "/.tmp-1", [1, 2, 3])
            _ = try MasterKey.open(under: root)
            #expect(try bytes(of: root + "/key").count == 32)
        }
    }

    @Test func `does not show itself`() async throws {
        try await withTemporaryDirectory { (root) async throws in
            let key = try MasterKey.open(under: root)
            var dumped = ""
            dump(key, to: &dumped)
            #expect("\(key)" == "<redacted>")
            #expect(dumped == "- <redacted>\n")
        }
    }
}
