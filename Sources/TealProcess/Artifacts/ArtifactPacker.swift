import CTealSystem
import Glibc
package import TealDriverKit
import TealShimWire

/// Packs a directory into an archive whose bytes depend on the content alone.
package enum ArtifactPacker {
    /// Packs with the system's GNU `tar`: names in order, no owners, no times, only whether a file is executable.
    ///
    /// - Throws: ``RuntimeError/contentDamaged(_:)`` when `tar` fails.
    package static func pack(directory: String, to archive: String) throws(RuntimeError) {
        guard let program = ProgramLookup.inPath("tar", ProgramLookup.standardPath) else {
            throw .launchFailed("tar is not installed")
        }
        var spawn = Spawn(
            program: program,
            arguments: [
                "--create", "--file=\(archive)", "--directory=\(directory)", "--format=gnu", "--sort=name",
                "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--mode=u=rwX,go=rX", "--no-xattrs", ".",
            ],
            environment: ["LC_ALL=C", "PATH=\(ProgramLookup.standardPath)"],
            directory: nil
        )
        spawn.newSession = false
        let pid: pid_t
        do throws(SpawnError) {
            pid = try spawn.run()
        } catch {
            throw .launchFailed(error.description)
        }
        let code = teal_wait_for(pid)
        guard code == 0 else { throw .contentDamaged("tar ended with \(code) for \(directory)") }
    }
}
