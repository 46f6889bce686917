import TealCore
import TealSecrets
import Testing

@Suite struct `A trace of secrets` {
    private let trace = SecretTrace([
        "TOKEN": Secret("s3cret\"value"), "OTHER": Secret("another-one"), "PIN": Secret("1234"),
    ])

    @Test(arguments: [
        "before s3cret\"value after", #"{"text":"s3cret\"value"}"#, "x czNjcmV0InZhbHVl x", "YXMzY3JldCJ2YWx1ZWI=",
    ])
    func `finds a value as it is, in JSON and in base64`(text: String) {
        #expect(trace.names(in: Array(text.utf8)) == ["TOKEN"])
    }

    @Test func `finds nothing where nothing is, and tells all that is`() {
        #expect(trace.names(in: []).isEmpty)
        #expect(trace.names(in: Array("s3cret value, another one".utf8)).isEmpty)
        #expect(trace.names(in: Array("another-one and s3cret\"value".utf8)) == ["OTHER", "TOKEN"])
    }

    @Test func `leaves out what is short, told twice, or no secret at all`() {
        #expect(trace.names(in: Array("1234".utf8)).isEmpty)
        let plain = SecretTrace(
            ["A": Secret("production"), "B": Secret("both-alike"), "C": Secret("both-alike")],
            except: Array("environment: production".utf8)
        )
        #expect(plain.names(in: Array("production both-alike".utf8)) == ["B"])
    }

    @Test func `shows no value of its own`() {
        #expect(!"\(trace)".contains("another") && !String(reflecting: trace).contains("another"))
    }
}
