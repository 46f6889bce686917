/// The files with values of secrets and variables that the project names, in whichever environment.
///
/// A class, because every part of the decoding adds to the same list; it lives for one synchronous call.
final class PrivateFiles {
    /// Env files and the file of variables, absolute paths.
    private(set) var envFiles: Set<String> = []
    /// Files of secrets, absolute paths.
    private(set) var secretsFiles: Set<String> = []

    func addEnvFile(_ path: String) { envFiles.insert(path) }
    func addSecretsFile(_ path: String) { secretsFiles.insert(path) }
}
