package import TealCore

/// A secret's value on its way from a person's machine to the daemon; only ever encoded into a request body.
package struct SecretText: Hashable, Sendable, Codable {
    package let secret: Secret

    package init(_ secret: Secret) { self.secret = secret }

    package init(from decoder: any Decoder) throws {
        secret = Secret(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(secret.reveal())
    }
}
