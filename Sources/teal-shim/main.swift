import Glibc
import TealShim

exit(ShimCommand.main(CommandLine.arguments))
