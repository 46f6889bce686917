import Glibc
import TealSample

exit(SampleProgram.run(Array(CommandLine.arguments.dropFirst()), environment: SampleProgram.environment()))
