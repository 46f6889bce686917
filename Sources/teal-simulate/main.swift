import TealSimulator

SimulateProgram.run(Array(CommandLine.arguments.dropFirst()))
