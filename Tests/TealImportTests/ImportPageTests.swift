import Foundation
import TealImport
import Testing

struct `The page of imports comes from the tables of keys` {
    @Test func `the file on disk is what is generated`() throws {
        let path = Folder.checkout + "/docs/import.md"
        let generated = ImportPage.render()
        if ProcessInfo.processInfo.environment["TEAL_UPDATE_DOCS"] == "1" {
            try generated.write(toFile: path, atomically: true, encoding: .utf8)
        }
        let onDisk = try String(contentsOfFile: path, encoding: .utf8)
        #expect(onDisk == generated, "write it anew with TEAL_UPDATE_DOCS=1 swift test --filter TealImportTests")
    }

    @Test(arguments: [PM2Keys.tables, KamalKeys.tables, ProcfileKeys.tables].joined().map(\.title))
    func `no key of a table is described twice, and what is not carried over says why`(_ title: String) throws {
        let tables = [PM2Keys.tables, KamalKeys.tables, ProcfileKeys.tables].joined().filter { $0.title == title }
        for table in tables {
            let names = table.keys.flatMap { [$0.name] + $0.aliases }
            #expect(Set(names).count == names.count)
            for key in table.keys {
                #expect(key.fate == .carried || !key.text.isEmpty, "\(key.name)")
                #expect((key.fate == .dropped) == key.becomes.isEmpty || key.name == "autorestart", "\(key.name)")
                #expect(!key.text.hasSuffix("."), "\(key.name)")
                #expect(key.next.isEmpty || key.next.hasSuffix("."), "\(key.name)")
            }
        }
    }
}
