using Xunit;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>However the kernel fails, it says what happened and where, and does not reset.</summary>
[Collection(MachineCollection.Name)]
[Trait("Category", "Machine")]
public class PanicTests
{
    [Theory]
    [InlineData("exception", "unhandled System.InvalidOperationException: nobody catches this", "Kernel_SelfTest_Crashes.Run")]
    [InlineData("stack-overflow", "#DF double fault: the stack is used up", "Kernel_SelfTest_Crashes.Recurse")]
    [InlineData("write-code", "#PF page fault", "Kernel_SelfTest_Crashes.Run")]
    [InlineData("write-constant", "#PF page fault", "Kernel_SelfTest_Crashes.Run")]
    [InlineData("execute-data", "#PF page fault", "Kernel_Boot_KernelEntry.Main")]
    [InlineData("general-protection", "#GP general protection", "Kernel_SelfTest_Crashes.Run")]
    [InlineData("fail-fast", "CoreLib ended the program", "Kernel_Boot_KernelEntry.Main")]
    public void A_crash_of_the_kernel_names_its_reason_and_its_code(string crash, string reason, string code)
    {
        using EmulatedMachine machine = EmulatedMachine.Start(
            new MachineOptions { Kernel = RepositoryFiles.SelfTestKernel, CommandLine = $"crash={crash}" });

        machine.WaitForLine($"panic: {reason}");
        machine.WaitForLine(" at 0x", code);
    }
}
