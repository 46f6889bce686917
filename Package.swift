// swift-tools-version: 6.2
import PackageDescription

/// What every Swift target is compiled with.
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// The data plane also drops the run-time exclusivity checks: its state belongs to one event loop each.
let dataPlane: [SwiftSetting] =
    house + [
        .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))
    ]

let package = Package(
    name: "teal",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "teal", targets: ["teal"]),
        .executable(name: "teal-demo", targets: ["teal-demo"]),
        .executable(name: "teal-load", targets: ["teal-load"]),
        .executable(name: "teal-proxy", targets: ["teal-proxy"]),
        .executable(name: "teal-sample", targets: ["teal-sample"]),
        .executable(name: "teal-shim", targets: ["teal-shim"]),
        .executable(name: "teal-simulate", targets: ["teal-simulate"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // MARK: TealCore
        .target(name: "TealCore", exclude: ["README.md"], swiftSettings: house),
        .testTarget(name: "TealCoreTests", dependencies: ["TealCore"], swiftSettings: house),

        // MARK: TealConfig
        .target(
            name: "TealConfig",
            dependencies: [
                "TealCompose",
                "TealCore",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Yams", package: "Yams"),
            ],
            exclude: ["README.md"],
            swiftSettings: house
        ),
        .testTarget(
            name: "TealConfigTests",
            dependencies: ["TealCompose", "TealConfig", "TealCore"],
            exclude: ["Fixtures"],
            swiftSettings: house
        ),

        // MARK: TealCompose
        .target(
            name: "TealCompose",
            dependencies: ["TealCore", .product(name: "Yams", package: "Yams")],
            exclude: ["README.md"],
            swiftSettings: house
        ),
        .testTarget(
            name: "TealComposeTests",
            dependencies: ["TealCompose", "TealCore"],
            exclude: ["Cases"],
            swiftSettings: house
        ),

        // MARK: TealImport
        .target(
            name: "TealImport",
            dependencies: ["TealCore", .product(name: "Yams", package: "Yams")],
            exclude: ["README.md"],
            swiftSettings: house
        ),
        .testTarget(
            name: "TealImportTests",
            dependencies: ["TealConfig", "TealCore", "TealImport"],
            swiftSettings: house
        ),

        // MARK: TealDriverKit
        .target(name: "TealDriverKit", dependencies: ["TealCore"], exclude: ["README.md"], swiftSettings: house),

        // MARK: TealEngine
        .target(
            name: "TealEngine",
            dependencies: ["TealCore", "TealDriverKit", .product(name: "Logging", package: "swift-log")],
            exclude: ["README.md"],
            swiftSettings: house
        ),
        .testTarget(
            name: "TealEngineTests",
            dependencies: ["TealCore", "TealDriverKit", "TealEngine", "TealTestSupport"],
            exclude: ["Fixtures"],
            swiftSettings: house
        ),

        // MARK: TealAdopt
        .target(
            name: "TealAdopt",
            dependencies: ["TealCore", "TealDriverKit", "TealEngine"],
            exclude: ["README.md"],
            swiftSettings: house
        ),
        .testTarget(
            name: "TealAdoptTests",
            dependencies: ["TealAdopt", "TealCore", "TealDriverKit", "TealEngine", "TealTestSupport"],
            swiftSettings: house
        ),

        // MARK: TealStore
        .target(
            name: "TealStore",
            dependencies: ["TealCore", "TealDriverKit", "TealEngine", .product(name: "GRDB", package: "GRDB.swift")],
            exclude: ["README.md"],
            swiftSettings: house
        ),
        .testTarget(
            name: "TealStoreTests",
            dependencies: ["TealCore", "TealDriverKit", "TealEngine", "TealStore", "TealTestSupport"],
            swiftSettings: house
        ),

        // MARK: TealSocket
        .target(name: "TealSocket", exclude: ["README.md"], swiftSettings: house),
        .testTarget(name: "TealSocketTests", dependencies: ["TealSocket"], swiftSettings: house),

        // MARK: CTealSystem
        .target(name: "CTealSystem"),

        // MARK: TealShimWire
        .target(
            name: "TealShimWire",
            dependencies: ["CTealSystem", "TealCore"],
            exclude: ["README.md"],
            swiftSettings: house
        ),

        // MARK: TealShim
        .target(
            name: "TealShim",
            dependencies: ["CTealSystem", "TealCore", "TealShimWire"],
            exclude: ["README.md"],
            swiftSettings: house
        ),
        .executableTarget(name: "teal-shim", dependencies: ["TealShim"], swiftSettings: house),

        // MARK: TealProcess
        .target(
            name: "TealProcess",
            dependencies: [
                "CTealSystem",
                "TealCore",
                "TealDriverKit",
                "TealShimWire",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            exclude: ["README.md"],
            swiftSettings: house
        ),
        .testTarget(
            name: "TealProcessTests",
            dependencies: [
                "CTealSystem", "TealCore", "TealDriverKit", "TealProcess", "TealShim", "TealShimWire",
                "TealTestSupport", "teal-sample", "teal-shim",
            ],
            swiftSettings: house
        ),

        // MARK: TealSource
        .target(
            name: "TealSource",
            dependencies: [
                "CTealSystem",
                "TealCore",
                "TealDriverKit",
                "TealShimWire",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            exclude: ["README.md"],
            swiftSettings: house
        ),
        .testTarget(
            name: "TealSourceTests",
            dependencies: ["TealCore", "TealDriverKit", "TealProcess", "TealSource", "teal-shim"],
            swiftSettings: house
        ),

        // MARK: TealDocker
        .target(
            name: "TealDocker",
            dependencies: [
                "CTealSystem",
                "TealCore",
                "TealDriverKit",
                "TealSocket",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            exclude: ["README.md"],
            swiftSettings: house
        ),
        .testTarget(
            name: "TealDockerTests",
            dependencies: [
                "TealCore",
                "TealDocker",
                "TealDriverKit",
                "TealTestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: house
        ),

        // MARK: TealProbe
        .target(
            name: "TealProbe",
            dependencies: [
                "TealCore",
                "TealDriverKit",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            exclude: ["README.md"],
            swiftSettings: house
        ),
        .testTarget(
            name: "TealProbeTests",
            dependencies: [
                "TealCore",
                "TealDriverKit",
                "TealProbe",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: house
        ),

        // MARK: TealSecrets
        .target(
            name: "TealSecrets",
            dependencies: [
                "TealCore",
                "TealDriverKit",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            exclude: ["README.md"],
            swiftSettings: house
        ),
        .testTarget(
            name: "TealSecretsTests",
            dependencies: ["TealCore", "TealDriverKit", "TealSecrets"],
            swiftSettings: house
        ),

        // MARK: TealProxyWire
        .target(name: "TealProxyWire", dependencies: ["TealCore"], exclude: ["README.md"], swiftSettings: dataPlane),
        .testTarget(name: "TealProxyWireTests", dependencies: ["TealProxyWire"], swiftSettings: house),

        // MARK: TealProxy
        .target(
            name: "TealProxy",
            dependencies: [
                "TealCore",
                "TealProxyWire",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            exclude: ["README.md"],
            swiftSettings: dataPlane
        ),
        .executableTarget(name: "teal-proxy", dependencies: ["TealProxy"], swiftSettings: dataPlane),
        .testTarget(
            name: "TealProxyTests",
            dependencies: [
                "TealProxy",
                "TealProxyWire",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: house
        ),

        // MARK: TealProxySwitch
        .target(
            name: "TealProxySwitch",
            dependencies: [
                "TealCore",
                "TealDriverKit",
                "TealProxyWire",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            exclude: ["README.md"],
            swiftSettings: house
        ),
        .testTarget(
            name: "TealProxySwitchTests",
            dependencies: [
                "TealCore",
                "TealDriverKit",
                "TealProbe",
                "TealProxySwitch",
                "TealProxyWire",
                "TealTestSupport",
                "teal-proxy",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: house
        ),

        // MARK: TealNginxSite
        .target(name: "TealNginxSite", dependencies: ["TealCore"], exclude: ["README.md"], swiftSettings: house),
        .testTarget(name: "TealNginxSiteTests", dependencies: ["TealCore", "TealNginxSite"], swiftSettings: house),

        // MARK: TealNginx
        .target(
            name: "TealNginx",
            dependencies: ["CTealSystem", "TealCore", "TealDriverKit", "TealNginxSite"],
            exclude: ["README.md"],
            swiftSettings: house
        ),
        .testTarget(
            name: "TealNginxTests",
            dependencies: [
                "TealCore",
                "TealDriverKit",
                "TealNginx",
                "TealNginxSite",
                "TealProbe",
                "TealTestSupport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: house
        ),

        // MARK: TealAPI
        .target(name: "TealAPI", dependencies: ["TealCore"], exclude: ["README.md"], swiftSettings: house),
        .testTarget(name: "TealAPITests", dependencies: ["TealAPI", "TealCore"], swiftSettings: house),

        // MARK: TealClient
        .target(
            name: "TealClient",
            dependencies: [
                "TealAPI",
                "TealCore",
                "TealSocket",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            exclude: ["README.md"],
            swiftSettings: house
        ),
        .testTarget(
            name: "TealClientTests",
            dependencies: ["TealAPI", "TealClient", "TealCore", "TealFakeDaemon"],
            swiftSettings: house
        ),

        // MARK: TealServer
        .target(
            name: "TealServer",
            dependencies: [
                "TealAPI",
                "TealCore",
                "TealSocket",
                .product(name: "AsyncAlgorithms", package: "swift-async-algorithms"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            exclude: ["README.md"],
            swiftSettings: house
        ),
        .target(
            name: "TealFakeDaemon",
            dependencies: [
                "TealAPI",
                "TealCore",
                "TealServer",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Tests/TealFakeDaemon",
            swiftSettings: house
        ),
        .testTarget(
            name: "TealServerTests",
            dependencies: [
                "TealAPI",
                "TealCore",
                "TealFakeDaemon",
                "TealServer",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: house
        ),

        // MARK: TealDaemon
        .target(
            name: "TealDaemon",
            dependencies: [
                "CTealSystem",
                "TealAPI",
                "TealAdopt",
                "TealCore",
                "TealDocker",
                "TealDriverKit",
                "TealEngine",
                "TealNginx",
                "TealProbe",
                "TealProcess",
                "TealProxySwitch",
                "TealSecrets",
                "TealServer",
                "TealShimWire",
                "TealSocket",
                "TealSource",
                "TealStore",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            exclude: ["README.md"],
            swiftSettings: house
        ),

        .testTarget(
            name: "TealDaemonTests",
            dependencies: [
                "TealAPI",
                "TealAdopt",
                "TealCore",
                "TealDaemon",
                "TealDocker",
                "TealDriverKit",
                "TealEngine",
                "TealNginx",
                "TealProcess",
                "TealProxySwitch",
                "TealSecrets",
                "TealTestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: house
        ),

        // MARK: TealCommands
        .target(
            name: "TealCommands",
            dependencies: [
                "TealAPI",
                "TealClient",
                "TealCompose",
                "TealConfig",
                "TealCore",
                "TealImport",
                "TealNginxSite",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            exclude: ["README.md"],
            swiftSettings: house
        ),
        .testTarget(
            name: "TealCommandsTests",
            dependencies: [
                "TealAPI",
                "TealClient",
                "TealCommands",
                "TealCore",
                "TealFakeDaemon",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            exclude: ["Snapshots"],
            swiftSettings: house
        ),
        .executableTarget(
            name: "teal",
            dependencies: [
                "CTealSystem",
                "TealCommands",
                "TealDaemon",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: house
        ),

        // MARK: TealTestSupport
        .target(
            name: "TealTestSupport",
            dependencies: ["TealCore", "TealDriverKit", "TealEngine"],
            exclude: ["README.md"],
            swiftSettings: house
        ),

        // MARK: TealSimulator
        .target(name: "CTealTaskHook"),
        .target(
            name: "TealSimulator",
            dependencies: [
                "CTealTaskHook",
                "TealAPI",
                "TealCore",
                "TealDriverKit",
                "TealEngine",
                "TealTestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            exclude: ["README.md"],
            swiftSettings: house
        ),
        .executableTarget(name: "teal-simulate", dependencies: ["TealSimulator"], swiftSettings: house),
        .testTarget(
            name: "TealSimulatorTests",
            dependencies: ["TealCore", "TealEngine", "TealSimulator", "TealTestSupport", "teal-simulate"],
            swiftSettings: house
        ),

        // MARK: TealLab
        .target(
            name: "TealLab",
            dependencies: ["TealAPI", "TealClient", "TealCore"],
            exclude: ["README.md"],
            swiftSettings: house
        ),
        .testTarget(
            name: "TealEndToEndTests",
            dependencies: [
                "TealAPI", "TealClient", "TealCore", "TealEngine", "TealLab", "TealTestSupport", "teal", "teal-load",
                "teal-proxy", "teal-sample", "teal-shim",
            ],
            swiftSettings: house
        ),

        // MARK: TealSample
        .target(
            name: "TealSample",
            dependencies: [
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
            ],
            exclude: ["README.md"],
            swiftSettings: house
        ),
        .executableTarget(
            name: "teal-sample",
            dependencies: ["TealSample"],
            exclude: ["Dockerfile", "README.md"],
            swiftSettings: house
        ),
        .testTarget(
            name: "TealSampleTests",
            dependencies: [
                "TealSample",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: house
        ),

        // MARK: TealLoad
        .target(
            name: "TealLoad",
            dependencies: [
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            exclude: ["README.md"],
            swiftSettings: house
        ),
        .executableTarget(
            name: "teal-load",
            dependencies: ["TealLoad"],
            exclude: ["README.md"],
            swiftSettings: house
        ),
        .testTarget(
            name: "TealLoadTests",
            dependencies: [
                "TealLoad",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: house
        ),

        // MARK: TealDemo
        .target(
            name: "TealDemo",
            dependencies: ["CTealSystem", "TealAPI", "TealCore"],
            exclude: ["README.md"],
            swiftSettings: house
        ),
        .executableTarget(
            name: "teal-demo",
            dependencies: ["TealDemo", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            exclude: ["README.md"],
            swiftSettings: house
        ),
        .testTarget(name: "TealDemoTests", dependencies: ["TealAPI", "TealDemo"], swiftSettings: house),
    ]
)
