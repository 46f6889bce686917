import Glibc
import TealCommands
import TealDaemon

extension Workshop {
    /// The parts of this program's daemon.
    static var ofDaemon: Workshop {
        let dockerSocket = getenv("TEAL_DOCKER_SOCKET").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        return Workshop(
            holder: { await LocalEngine.holder(of: $0, dockerSocket: dockerSocket) },
            build: { image, arguments, dockerfile in
                try await DockerBuild(
                    arguments: arguments,
                    dockerfile: dockerfile,
                    image: image,
                    dockerSocket: dockerSocket
                )
                .run()
            },
            start: { home, listen in
                try await DetachedDaemon(home: home, listen: listen, dockerSocket: dockerSocket).start()
            },
            end: { home, withVolumes, atOnce in
                let end = try await Household(home: home, dockerSocket: dockerSocket)
                    .end(withVolumes: withVolumes, atOnce: atOnce)
                return WorkshopEnd(
                    wasUp: end.wasRunning,
                    containers: end.containers,
                    networks: end.networks,
                    volumes: end.volumes,
                    keptVolumes: end.keptVolumes
                )
            }
        )
    }
}
