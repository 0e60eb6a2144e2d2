using System.Runtime.InteropServices;
using Hyperlaunch.Virtualization.Svm;
using Xunit;

namespace Hyperlaunch.Tests.Virtualization;

// AMD APM volume 2, appendix B: offsets as the tables print them; the state save area begins at 400h.
public class VmcbTests
{
    [Theory]
    [InlineData("Intercepts", 0x00C)]
    [InlineData("IoPermissionMap", 0x040)]
    [InlineData("TscOffset", 0x050)]
    [InlineData("AddressSpace", 0x058)]
    [InlineData("TlbControl", 0x05C)]
    [InlineData("ExitCode", 0x070)]
    [InlineData("ExitInterruptInfo", 0x088)]
    [InlineData("EventInjection", 0x0A8)]
    [InlineData("NestedCr3", 0x0B0)]
    [InlineData("NextRip", 0x0C8)]
    [InlineData("Tr", 0x400 + 0x90)]
    [InlineData("PrivilegeLevel", 0x400 + 0xCB)]
    [InlineData("Efer", 0x400 + 0xD0)]
    [InlineData("Cr0", 0x400 + 0x158)]
    [InlineData("Rflags", 0x400 + 0x170)]
    [InlineData("Rsp", 0x400 + 0x1D8)]
    [InlineData("Rax", 0x400 + 0x1F8)]
    [InlineData("Star", 0x400 + 0x200)]
    [InlineData("SysenterEip", 0x400 + 0x238)]
    [InlineData("Pat", 0x400 + 0x268)]
    public void Has_the_manuals_layout(string field, int offset)
    {
        Assert.Equal(offset, (int)Marshal.OffsetOf<Vmcb>(field));
        Assert.Equal(0x1000, Marshal.SizeOf<Vmcb>());
        Assert.Equal(16, Marshal.SizeOf<VmcbSegment>());
    }

    // The intercepts of the second and third word have the same order as the exit codes from 60h on.
    [Theory]
    [InlineData(SvmIntercept.Interrupt, SvmExitCode.Interrupt)]
    [InlineData(SvmIntercept.VirtualInterrupt, SvmExitCode.VirtualInterrupt)]
    [InlineData(SvmIntercept.ReadPerformanceCounter, SvmExitCode.ReadPerformanceCounter)]
    [InlineData(SvmIntercept.Cpuid, SvmExitCode.Cpuid)]
    [InlineData(SvmIntercept.InterruptReturn, SvmExitCode.InterruptReturn)]
    [InlineData(SvmIntercept.Invd, SvmExitCode.Invd)]
    [InlineData(SvmIntercept.Pause, SvmExitCode.Pause)]
    [InlineData(SvmIntercept.Halt, SvmExitCode.Halt)]
    [InlineData(SvmIntercept.InvalidatePageOfSpace, SvmExitCode.InvalidatePageOfSpace)]
    [InlineData(SvmIntercept.PortAccess, SvmExitCode.PortAccess)]
    [InlineData(SvmIntercept.MsrAccess, SvmExitCode.MsrAccess)]
    [InlineData(SvmIntercept.TaskSwitch, SvmExitCode.TaskSwitch)]
    [InlineData(SvmIntercept.Shutdown, SvmExitCode.Shutdown)]
    [InlineData(SvmIntercept.Vmrun, SvmExitCode.Vmrun)]
    [InlineData(SvmIntercept.Vmmcall, SvmExitCode.Vmmcall)]
    [InlineData(SvmIntercept.Skinit, SvmExitCode.Skinit)]
    [InlineData(SvmIntercept.Wbinvd, SvmExitCode.Wbinvd)]
    [InlineData(SvmIntercept.Monitor, SvmExitCode.Monitor)]
    [InlineData(SvmIntercept.Mwait, SvmExitCode.Mwait)]
    [InlineData(SvmIntercept.Xsetbv, SvmExitCode.Xsetbv)]
    [InlineData(SvmIntercept.Rdpru, SvmExitCode.Rdpru)]
    internal void Each_intercept_has_its_exit_code(SvmIntercept intercept, SvmExitCode code)
        => Assert.Equal((ulong)intercept, 1UL << (int)(code - SvmExitCode.Interrupt));

    [Fact]
    public void Events_are_encoded_as_the_manual_draws_them()
    {
        Assert.Equal(0x8000_0040ul, SvmEvent.Interrupt(0x40));
        Assert.Equal(0x8000_0202ul, SvmEvent.Nmi());
        Assert.Equal(0x1234_8000_0B0Dul, SvmEvent.Exception(13, true, 0x1234));
        Assert.Equal(0x8000_0306ul, SvmEvent.Exception(6, false, 0x1234));
    }

    [Theory]
    [InlineData(0x8000_0480ul, true)]
    [InlineData(0x8000_0303ul, true)]
    [InlineData(0x8000_0304ul, true)]
    [InlineData(0x8000_030Eul, false)]
    [InlineData(0x8000_0003ul, false)]
    [InlineData(0x8000_0202ul, false)]
    public void An_instruction_raises_its_event_again(ulong interrupted, bool expected)
        => Assert.Equal(expected, SvmEvent.IsRaisedByInstruction(interrupted));
}
