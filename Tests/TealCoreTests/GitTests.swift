import TealCore
import Testing

@Suite struct `Repositories and refs are checked as they are read` {
    @Test(arguments: [
        ("/srv/git/shop.git", GitRepository.Way.path), ("file:///srv/git/shop.git", .path),
        ("https://git.example.com/acme/shop.git", .https), ("https://git.example.com:8443/shop", .https),
        ("ssh://git@git.example.com:2222/acme/shop.git", .ssh), ("git@git.example.com:acme/shop.git", .ssh),
        ("git.example.com:shop.git", .ssh),
    ])
    func `every way that is safe is known`(text: String, way: GitRepository.Way) throws {
        #expect(try GitRepository(parsing: text).way == way)
    }

    @Test func `a password is for one server`() throws {
        let repository = try GitRepository(parsing: "https://git.example.com:8443/acme/shop.git")
        #expect(repository.httpsOrigin == "https://git.example.com:8443")
        #expect(try GitRepository(parsing: "/srv/shop.git").httpsOrigin == nil)
    }

    @Test(arguments: [
        ("", GitTextError.empty), ("--upload-pack=touch /tmp/x", .badCharacter), ("--upload-pack=x", .option),
        ("-oProxyCommand=x:y", .option), ("ssh://-oProxyCommand=x/y", .incomplete), ("git@-oX:y", .incomplete),
        ("-x@host:y", .option), ("ext::sh -c x", .badCharacter), ("ext::sh", .incomplete),
        ("http://x/y", .scheme("http")),
        ("git://x/y", .scheme("git")), ("https://me:word@x/y", .password), ("https://me@x/y", .password),
        ("ssh://me:word@x/y", .password), ("shop.git", .relative), ("../shop.git", .relative), ("./a:b", .relative),
        ("https:///y", .incomplete), ("https://x", .incomplete), ("/srv/a\"b", .badCharacter),
        ("/srv/a\nb", .badCharacter),
    ])
    func `nothing else passes`(text: String, error: GitTextError) {
        #expect(throws: error) { try GitRepository(parsing: text) }
    }

    @Test(arguments: [
        "main", "feature/x", "v1.4.2", "refs/tags/v1", "release-1", "0123456789abcdef0123456789abcdef01234567",
    ])
    func `refs that git takes are taken`(text: String) throws {
        #expect(try GitRef(parsing: text).description == text)
    }

    @Test(arguments: [
        "", "-x", "--upload-pack=x", "a b", "a..b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b", "a/.b", "a.lock",
        "a/", "/a",
        "a//b", "a.", "@", "a@{1}", "a\u{7F}", "a;$(x)",
    ])
    func `refs that git does not take are not`(text: String) {
        #expect(throws: GitTextError.self) { try GitRef(parsing: text) }
    }

    @Test func `only a whole hash is a commit`() throws {
        let hash = "0123456789abcdef0123456789abcdef01234567"
        #expect(try GitRef(parsing: hash).commit?.description == hash)
        #expect(try GitCommit(parsing: hash).short == "0123456789ab")
        #expect(try GitRef(parsing: "0123456").commit == nil)
        #expect(throws: GitTextError.badCommit) { try GitCommit(parsing: "0123456") }
        #expect(throws: GitTextError.badCommit) { try GitCommit(parsing: hash.uppercased()) }
    }

    @Test(arguments: [
        (".", true), ("dist", true), ("a/b", true), ("", false), ("/etc", false), ("../x", false), ("a/../../b", false),
    ])
    func `paths lead down only`(path: String, isBelow: Bool) { #expect(GitSource.isBelow(path) == isBelow) }
}
