import TealCore
import Testing

@testable import TealDocker

struct `What a written container sees at its paths` {
    private func host(
        _ mounts: [WrittenMount],
        data: [String: String] = [:],
        _ change: (inout WrittenContainer, inout ServiceSpec) -> Void = { _, _ in }
    ) throws -> JSONValue {
        let release = try WrittenSample.release { written, spec in
            written.mounts = mounts
            change(&written, &spec)
        }
        return try WrittenSample.plan(release, data: data).body(labels: [:])["HostConfig"]
    }

    @Test func `a path of the host is made where nothing is, unless that is not wanted`() throws {
        var options = WrittenMount.BindOptions()
        #expect(try host([WrittenMount(.bind(path: "/srv/a", options), target: "/a")])["Binds"] == ["/srv/a:/a:rw"])
        options.label = "Z"
        options.propagation = "rslave"
        let labelled = try host([WrittenMount(.bind(path: "/srv/a", options), target: "/a", isReadOnly: true)])
        #expect(labelled["Binds"] == ["/srv/a:/a:ro,Z,rslave"])
        options = WrittenMount.BindOptions()
        options.makesDirectory = false
        options.propagation = "rshared"
        options.recursive = "disabled"
        let strict = try host([WrittenMount(.bind(path: "/srv/a", options), target: "/a")])
        #expect(
            strict["Mounts"] == [
                [
                    "Type": "bind", "Source": "/srv/a", "Target": "/a", "ReadOnly": false,
                    "BindOptions": ["Propagation": "rshared", "NonRecursive": true],
                ]
            ]
        )
    }

    @Test(arguments: [("writable", "ReadOnlyNonRecursive"), ("readonly", "ReadOnlyForceRecursive")])
    func `what is mounted below comes along as it is written`(word: String, key: String) throws {
        var options = WrittenMount.BindOptions()
        options.makesDirectory = false
        options.recursive = word
        let mount = WrittenMount(.bind(path: "/srv/a", options), target: "/a", isReadOnly: true)
        #expect(try host([mount])["Mounts"].array.first?["BindOptions"] == .object([key: true]))
    }

    @Test func `a path with a colon cannot be said in one word`() throws {
        let mount = WrittenMount(.bind(path: "/srv/a:b", .init()), target: "/a")
        let host = try host([mount])
        #expect(host["Binds"].isNull)
        #expect(host["Mounts"].array.first?["BindOptions"] == ["CreateMountpoint": true])
        var written = WrittenContainer(project: "shop", service: "app")
        written.mounts = [mount]
        #expect(WrittenNeeds.of(written).map { "\($0.api)" } == ["1.42"])
    }

    @Test func `a volume has the name that Compose gave it`() throws {
        var volume = WrittenVolume(name: "shop_db", definition: .init(key: "db"))
        volume.beginsEmpty = true
        volume.subpath = "main"
        #expect(
            try host([WrittenMount(.volume(volume), target: "/data", isReadOnly: true)])["Mounts"] == [
                [
                    "Type": "volume", "Source": "shop_db", "Target": "/data", "ReadOnly": true,
                    "VolumeOptions": ["NoCopy": true, "Subpath": "main"],
                ]
            ]
        )
    }

    @Test func `a volume without a name is new, or kept under one`() throws {
        let mount = WrittenMount(.anonymous, target: "/cache")
        #expect(try host([mount])["Mounts"] == [["Type": "volume", "Target": "/cache", "ReadOnly": false]])
        #expect(
            try host([mount], data: ["shop_app_0_1": "/cache", "shop_app_0_2": "/lib"])["Mounts"] == [
                ["Type": "volume", "Source": "shop_app_0_1", "Target": "/cache"],
                ["Type": "volume", "Source": "shop_app_0_2", "Target": "/lib"],
            ]
        )
    }

    @Test func `what is mounted by name is not data of the image as well`() throws {
        let mount = WrittenMount(.volume(WrittenVolume(name: "shop_db")), target: "/data")
        #expect(try host([mount], data: ["shop_app_0_1": "/data"])["Mounts"].array.count == 1)
    }

    @Test func `directories in memory are said by words or by numbers`() throws {
        let host = try host([
            WrittenMount(.memoryWords("size=64m,uid=1000"), target: "/tmp"),
            WrittenMount(.memoryWords(""), target: "/run"),
            WrittenMount(.memory(bytesMax: 1 << 20, mode: 0o1777), target: "/fast"),
        ])
        #expect(host["Tmpfs"] == ["/tmp": "size=64m,uid=1000", "/run": ""])
        #expect(
            host["Mounts"] == [
                [
                    "Type": "tmpfs", "Target": "/fast", "ReadOnly": false,
                    "TmpfsOptions": ["SizeBytes": 1_048_576, "Mode": 1023],
                ]
            ]
        )
    }

    @Test func `files are mounted from their copies, and only read`() throws {
        let release = try WrittenSample.release { written, _ in
            written.files = [WrittenFile(target: "/etc/app.conf", content: .text("a"))]
        }
        let places = WrittenPlaces(files: ["/etc/app.conf": "/home/files/x"])
        let host = try WrittenSample.plan(release, places: places).body(labels: [:])["HostConfig"]
        #expect(
            host["Mounts"] == [
                ["Type": "bind", "Source": "/home/files/x", "Target": "/etc/app.conf", "ReadOnly": true]
            ]
        )
    }

    @Test func `volumes of others come from the containers that stand for them now`() throws {
        let release = try WrittenSample.release { written, _ in
            written.volumesFrom = ["service:db:ro", "service:cache", "container:old:ro"]
            written.rights.processMode = "service:db"
        }
        #expect(release.spec.written?.peers == ["cache", "db"])
        let places = WrittenPlaces(peers: ["db": "c1", "cache": "c2"])
        let host = try WrittenSample.plan(release, places: places).body(labels: [:])["HostConfig"]
        #expect(host["VolumesFrom"] == ["c1:ro", "c2", "old:ro"] && host["PidMode"] == "container:c1")
    }
}
