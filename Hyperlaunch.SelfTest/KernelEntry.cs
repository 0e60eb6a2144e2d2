using System;
using Hyperlaunch.Kernel.SelfTest;
using Hyperlaunch.Modules.Boot;

namespace Hyperlaunch.Kernel.Boot;

/// <content>The words on the command line that the kernel with tests in it knows beside the kernel's own.</content>
internal static partial class KernelEntry
{
    static partial void TestItself(PcMachine machine, BootInfo info)
    {
        foreach (string word in info.CommandLine.Split(' '))
        {
            if (word == SelfTests.Word)
            {
                SelfTests.Run(machine, info, new LaunchMemory(info, Image).Reserved);
                machine.PowerOff();
            }

            if (word.StartsWith(Crashes.Word, StringComparison.Ordinal))
            {
                Crashes.Run(word[Crashes.Word.Length..]);
            }
        }
    }
}
