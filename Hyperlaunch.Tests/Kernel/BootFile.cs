namespace Hyperlaunch.Tests.Kernel;

/// <summary>A boot module: a file and the string that the boot loader gives with it.</summary>
internal readonly record struct BootFile(string Path, string Words = "");
