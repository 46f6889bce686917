import Foundation
import TealCore
import Testing

struct `A container that somebody wrote down` {
    private func spec(_ written: WrittenContainer? = nil) throws -> ServiceSpec {
        var spec = ServiceSpec(name: try ServiceName(parsing: "app"), kind: .worker, source: .image("app:1"))
        spec.written = written
        return spec
    }

    @Test func `a service that was recorded before there were such has none`() throws {
        let bytes = try JSONEncoder().encode(spec())
        #expect(!String(decoding: bytes, as: UTF8.self).contains("\"written\""))
        #expect(try JSONDecoder().decode(ServiceSpec.self, from: bytes).written == nil)
    }

    @Test func `it is recorded and read back as it is`() throws {
        var written = WrittenContainer(project: "my_shop", service: "app_1")
        written.entrypoint = []
        written.healthcheck = WrittenHealthcheck(test: ["CMD", "true"])
        written.healthcheck?.interval = .milliseconds(1500)
        written.limits.ulimits = ["nofile": .init(soft: 1, hard: -1)]
        written.limits.blocks.weights = [.init(path: "/dev/sda", value: 10)]
        written.rights.deviceRequests = [WrittenDeviceRequest(count: -1, capabilities: ["gpu"])]
        written.network.networks = [
            WrittenNetwork(name: "my_shop_default", definition: WrittenNetworkDefinition(key: "default")),
            WrittenNetwork(name: "web"),
        ]
        written.network.ports = [WrittenPort(hostPort: 25, containerPort: 25)]
        written.mounts = [
            WrittenMount(.bind(path: "/a", .init()), target: "/a"), WrittenMount(.anonymous, target: "/b"),
            WrittenMount(.volume(WrittenVolume(name: "v", definition: .init(key: "v"))), target: "/c"),
            WrittenMount(.memory(bytesMax: 1, mode: nil), target: "/d"),
        ]
        written.files = [
            WrittenFile(target: "/e", content: .secret("key")), WrittenFile(target: "/f", content: .bytes([255])),
        ]
        written.logging = WrittenLogging(driver: "none")
        let spec = try spec(written)
        #expect(try JSONDecoder().decode(ServiceSpec.self, from: JSONEncoder().encode(spec)) == spec)
        #expect(written.secretFiles == ["key"])
        #expect(written.network.networks.map(\.isExternal) == [false, true])
    }
}
