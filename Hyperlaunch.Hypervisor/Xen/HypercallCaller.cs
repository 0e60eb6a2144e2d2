using System;
using System.Buffers.Binary;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>
/// Who makes a hypercall, and its arguments: five registers, and structures at the guest's linear addresses, which are found by
/// its own page tables and may cross pages. Code of 64 bits and of 32 has other registers, and other structures where these have
/// pointers or longs (Xen public/arch-x86/xen-x86_64.h, xen-x86_32.h).
/// </summary>
internal readonly struct HypercallCaller
{
    /// <summary>The domain that a guest means by "my own" (DOMID_SELF).</summary>
    public const uint Self = 0x7FF0;

    /// <summary>Describes a call.</summary>
    public HypercallCaller(XenInterface xen, VirtualCpu cpu, bool isLong)
    {
        Xen = xen;
        Cpu = cpu;
        IsLong = isLong;
    }

    /// <summary>What the caller's domain has of Xen.</summary>
    public XenInterface Xen { get; }

    /// <summary>The processor that calls.</summary>
    public VirtualCpu Cpu { get; }

    /// <summary>Whether it is code of 64 bits.</summary>
    public bool IsLong { get; }

    /// <summary>Bytes of a pointer and of a long in the caller's structures.</summary>
    public int WordSize => IsLong ? sizeof(ulong) : sizeof(uint);

    /// <summary>The first argument: of most calls, which of several operations is meant.</summary>
    public ulong First => Argument(GuestRegister.Rdi, GuestRegister.Rbx);

    /// <summary>The second argument.</summary>
    public ulong Second => Argument(GuestRegister.Rsi, GuestRegister.Rcx);

    /// <summary>The third argument.</summary>
    public ulong Third => Argument(GuestRegister.Rdx, GuestRegister.Rdx);

    /// <summary>Whether a domain is the caller's own, by its number or as DOMID_SELF.</summary>
    public bool IsOwn(uint domid) => domid == Self || domid == (uint)Cpu.Machine.Domid;

    /// <summary>Reads a structure of the guest's.</summary>
    /// <param name="address">Its linear address.</param>
    /// <param name="length">Bytes, at most <see cref="XenInterface.ScratchSize"/>.</param>
    /// <param name="bytes">The structure, until the next call of this kind.</param>
    /// <returns>False when some of it is not mapped.</returns>
    public bool TryRead(ulong address, int length, out ReadOnlySpan<byte> bytes)
    {
        Span<byte> scratch = Xen.Scratch(length);
        bytes = scratch;
        return GuestLinearMemory.Read(Cpu.Processor, Cpu.Machine.Memory, new LinearAddress(address), scratch, out _) == length;
    }

    /// <summary>Reads a number of the guest's.</summary>
    public unsafe bool TryReadU32(ulong address, out uint value)
    {
        uint read = 0;
        Span<byte> bytes = new(&read, sizeof(uint));
        bool isRead = GuestLinearMemory.Read(
            Cpu.Processor, Cpu.Machine.Memory, new LinearAddress(address), bytes, out _) == sizeof(uint);
        value = read;
        return isRead;
    }

    /// <summary>Writes what a call answers.</summary>
    /// <returns>False when some of the place is not mapped, or may not be written.</returns>
    public bool TryWrite(ulong address, ReadOnlySpan<byte> bytes)
        => GuestLinearMemory.Write(
            Cpu.Processor, Cpu.Machine.Memory, new LinearAddress(address), bytes, out _) == bytes.Length;

    /// <summary>Writes a number of an answer.</summary>
    public unsafe bool TryWriteU32(ulong address, uint value)
        => TryWrite(address, new ReadOnlySpan<byte>(&value, sizeof(uint)));

    /// <summary>Writes a number of an answer.</summary>
    public unsafe bool TryWriteU16(ulong address, short value)
        => TryWrite(address, new ReadOnlySpan<byte>(&value, sizeof(short)));

    /// <summary>Writes a number of an answer.</summary>
    public unsafe bool TryWriteU64(ulong address, ulong value)
        => TryWrite(address, new ReadOnlySpan<byte>(&value, sizeof(ulong)));

    /// <summary>The domain that a number means to the caller.</summary>
    public uint Translate(uint domid) => domid == Self ? Xen.Domid : domid;

    /// <summary>
    /// Has the caller make the call again, for what is left of it: interrupts come first.
    /// </summary>
    /// <param name="second">The second argument then.</param>
    /// <param name="third">The third argument then.</param>
    /// <returns>What the call answers for that.</returns>
    public long Continue(ulong second, ulong third)
    {
        Cpu.Processor.SetRegister(IsLong ? GuestRegister.Rsi : GuestRegister.Rcx, second);
        Cpu.Processor.SetRegister(GuestRegister.Rdx, third);
        return XenError.Repeat;
    }

    /// <summary>A pointer or a long in a structure.</summary>
    public ulong Word(ReadOnlySpan<byte> structure, int offset) => IsLong
        ? BinaryPrimitives.ReadUInt64LittleEndian(structure.Slice(offset))
        : BinaryPrimitives.ReadUInt32LittleEndian(structure.Slice(offset));

    private ulong Argument(GuestRegister wide, GuestRegister narrow)
        => IsLong ? Cpu.Processor.GetRegister(wide) : (uint)Cpu.Processor.GetRegister(narrow);
}
