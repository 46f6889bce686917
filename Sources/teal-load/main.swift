import Glibc
import TealLoad

exit(LoadProgram.run(Array(CommandLine.arguments.dropFirst())))
