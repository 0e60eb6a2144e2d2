using Hyperlaunch.Tool.Commands;

return CommandLine.Run(args);
