import TealCommands

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The program: hands its arguments over and ends with the code that comes back.
@main
struct Teal {
    static func main() async {
        exit(await TealProgram.run(Array(CommandLine.arguments.dropFirst())))
    }
}
