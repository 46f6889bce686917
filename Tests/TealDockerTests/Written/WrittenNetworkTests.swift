import TealCore
import Testing

@testable import TealDocker

struct `Networks of a written container` {
    private func endpoints(
        _ kind: ServiceKind = .worker,
        _ change: (inout WrittenContainer, inout ServiceSpec) -> Void
    ) throws -> [WrittenBody.Endpoint] {
        let release = try WrittenSample.release(kind, change)
        guard let written = release.spec.written else { return [] }
        return WrittenBody(try WrittenSample.plan(release), written).endpoints
    }

    @Test func `Teal's own network comes first, where it has its address and no name`() throws {
        let body = try WrittenSample.body(.web) { _, _ in }
        #expect(body["HostConfig"]["NetworkMode"] == "teal-shop")
        #expect(
            body["NetworkingConfig"]["EndpointsConfig"]
                == ["teal-shop": ["IPAMConfig": ["IPv4Address": "10.213.4.2"]]]
        )
        #expect(body["HostConfig"]["ExtraHosts"] == ["web:10.213.4.1", "web.shop:10.213.4.1"])
    }

    @Test func `each further network is joined as it is written`() throws {
        let found = try endpoints { written, _ in
            var network = WrittenNetwork(name: "web", aliases: ["a", "b"])
            network.links = ["db:database"]
            network.ipv4Address = "172.28.0.9"
            network.ipv6Address = "fd00::9"
            network.linkLocalAddresses = ["169.254.1.1"]
            network.macAddress = "02:42:ac:11:00:09"
            network.gatewayPriority = 3
            network.driverOptions = ["x": "y"]
            written.network.networks.append(network)
        }
        #expect(found.map(\.name) == ["teal-shop", "shop_default", "web"])
        #expect(found[1].config == ["Aliases": ["app"]])
        #expect(
            found[2].config == [
                "Aliases": ["a", "b"], "Links": ["db:database"], "MacAddress": "02:42:ac:11:00:09", "GwPriority": 3,
                "DriverOpts": ["x": "y"],
                "IPAMConfig": [
                    "IPv4Address": "172.28.0.9", "IPv6Address": "fd00::9", "LinkLocalIPs": ["169.254.1.1"],
                ],
            ]
        )
    }

    @Test func `what leads nowhere and takes no requests is not let out by Teal's network`() throws {
        func inside(_ written: inout WrittenContainer) {
            written.network.networks[0].definition?.isInternal = true
        }
        #expect(try endpoints { written, _ in inside(&written) }.map(\.name) == ["shop_default"])
        #expect(try endpoints(.web) { written, _ in inside(&written) }.map(\.name) == ["teal-shop", "shop_default"])
        let body = try WrittenSample.body { written, _ in inside(&written) }
        #expect(body["HostConfig"]["NetworkMode"] == "shop_default" && body["HostConfig"]["ExtraHosts"].isNull)
    }

    @Test func `in the host's own network it is in no other, and finds the proxy by name`() throws {
        let body = try WrittenSample.body(.web) { written, _ in
            written.network.mode = "host"
            written.network.hostName = "shop"
            written.network.ports = [WrittenPort(hostPort: 53, containerPort: 53, transport: "udp")]
        }
        #expect(body["HostConfig"]["NetworkMode"] == "host" && body["NetworkingConfig"].isNull)
        #expect(body["HostConfig"]["PortBindings"].isNull && body["Hostname"] == "shop")
        #expect(body["HostConfig"]["ExtraHosts"] == ["web:10.213.4.1", "web.shop:10.213.4.1"])
    }

    @Test func `in another container's network it says nothing of its own`() throws {
        let release = try WrittenSample.release { written, _ in
            written.network.mode = "service:db"
            written.network.hostName = "shop"
            written.network.extraHosts = ["a:1.2.3.4"]
            written.network.exposed = ["80/tcp"]
        }
        let body = try WrittenSample.plan(release, places: WrittenPlaces(peers: ["db": "c1"])).body(labels: [:])
        #expect(body["HostConfig"]["NetworkMode"] == "container:c1")
        #expect(body["Hostname"].isNull && body["ExposedPorts"].isNull && body["HostConfig"]["ExtraHosts"].isNull)
    }

    @Test func `names that lead to the proxy come after the written ones`() throws {
        let host = try WrittenSample.host { written, _ in
            written.network.extraHosts = ["web:10.0.0.9", "host.docker.internal:host-gateway"]
            written.network.proxiedNames = ["api.internal"]
            written.network.nameServers = ["9.9.9.9"]
            written.network.searchDomains = ["example.org"]
            written.network.resolverOptions = ["ndots:2"]
        }
        #expect(
            host["ExtraHosts"] == [
                "web:10.0.0.9", "host.docker.internal:host-gateway", "web:10.213.4.1", "web.shop:10.213.4.1",
                "api.internal:10.213.4.1",
            ]
        )
        #expect(host["Dns"] == ["9.9.9.9"] && host["DnsSearch"] == ["example.org"] && host["DnsOptions"] == ["ndots:2"])
    }

    @Test func `ports of the host are bound where it is written`() throws {
        let body = try WrittenSample.body { written, _ in
            written.network.exposed = ["9000/tcp"]
            written.network.ports = [
                WrittenPort(hostPort: 25, containerPort: 25),
                WrittenPort(hostAddress: "0.0.0.0", hostPort: 53, containerPort: 53, transport: "udp"),
                WrittenPort(hostAddress: "::1", hostPort: nil, containerPort: 53, transport: "udp"),
            ]
        }
        #expect(
            body["HostConfig"]["PortBindings"] == [
                "25/tcp": [["HostIp": "127.0.0.1", "HostPort": "25"]],
                "53/udp": [["HostIp": "0.0.0.0", "HostPort": "53"], ["HostIp": "::1", "HostPort": ""]],
            ]
        )
        #expect(body["ExposedPorts"] == ["9000/tcp": [:], "25/tcp": [:], "53/udp": [:]])
    }

    @Test func `a network of the project is made as it is written, with Compose's labels`() throws {
        var definition = WrittenNetworkDefinition(key: "back")
        definition.driver = "bridge"
        definition.driverOptions = ["com.docker.network.driver.mtu": "1400"]
        definition.isInternal = true
        definition.isAttachable = true
        definition.enablesIPv6 = true
        definition.enablesIPv4 = true
        definition.addressDriver = "default"
        definition.addressOptions = ["a": "b"]
        definition.labels = ["org.example": "1"]
        var range = WrittenNetworkDefinition.Range(
            subnet: "172.28.0.0/16",
            dynamic: "172.28.5.0/24",
            gateway: "172.28.5.254"
        )
        range.taken = ["host1": "172.28.1.5"]
        definition.ranges = [range]
        let body = ProjectNetworks.body(
            "shop_back",
            definition,
            try WrittenSample.release().id.service.project,
            written: "shop",
            own: "h"
        )
        #expect(
            body == [
                "Name": "shop_back", "Driver": "bridge", "CheckDuplicate": true, "Internal": true, "Attachable": true,
                "EnableIPv6": true, "EnableIPv4": true, "Options": ["com.docker.network.driver.mtu": "1400"],
                "Labels": [
                    "org.example": "1", "com.docker.compose.project": "shop", "com.docker.compose.network": "back",
                    "teal.home": "h", "teal.project": "shop", "teal.network": "back",
                ],
                "IPAM": [
                    "Driver": "default", "Options": ["a": "b"],
                    "Config": [
                        [
                            "Subnet": "172.28.0.0/16", "IPRange": "172.28.5.0/24", "Gateway": "172.28.5.254",
                            "AuxiliaryAddresses": ["host1": "172.28.1.5"],
                        ]
                    ],
                ],
            ]
        )
    }

    @Test func `a label gives back what a container was put into`() throws {
        let release = try WrittenSample.release { written, _ in
            written.network.networks.append(WrittenNetwork(name: "web", aliases: ["x"]))
        }
        let labels = try WrittenSample.plan(release).body(labels: [:])["Labels"].object
        let stamp = try #require(WrittenStamp(parsing: labels["teal.written"]?.string ?? ""))
        #expect(stamp.endpoints == ["shop_default": ["Aliases": ["app"]], "web": ["Aliases": ["x"]]])
        #expect(stamp.joinsProject && !stamp.isOnHost && stamp.published == nil)
    }

    @Test func `what not every Engine knows is told apart`() throws {
        let release = try WrittenSample.release { written, _ in
            written.annotations = ["a": "b"]
            written.network.networks[0].macAddress = "02:42:ac:11:00:09"
            written.network.networks[0].gatewayPriority = 1
            written.network.networks[0].definition?.enablesIPv4 = false
            written.healthcheck = WrittenHealthcheck(test: ["CMD", "true"])
            written.healthcheck?.startInterval = .seconds(1)
            var volume = WrittenVolume(name: "v")
            volume.subpath = "x"
            written.mounts = [WrittenMount(.volume(volume), target: "/v")]
        }
        let written = try #require(release.spec.written)
        #expect(
            WrittenNeeds.of(written).map { "\($0.api)" }.sorted() == ["1.43", "1.44", "1.44", "1.45", "1.48", "1.48"]
        )
        let plain = try #require(try WrittenSample.release().spec.written)
        #expect(WrittenNeeds.of(plain).isEmpty)
    }
}
