using System;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.Memory;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Tests.Hypervisor.Execution.Fuzzing;

/// <summary>Instructions at the instruction pointer: those that the decoder knows, those beside them, and any bytes.</summary>
internal sealed class CodeGenerator(FuzzRandom random)
{
    private static readonly byte[] s_prefixes =
        [0x66, 0x67, 0xF0, 0xF2, 0xF3, 0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65, 0x48, 0x44, 0x4C, 0x40, 0x66];

    private static readonly byte[] s_opcodes =
    [
        0x63, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8B, 0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xAA,
        0xAB, 0xC6, 0xC7, 0xF6, 0xF7, 0xFE, 0xFF, 0xA4, 0xA5, 0xAA, 0xAB,
    ];

    private static readonly byte[] s_twoByteOpcodes =
        [0xA3, 0xAB, 0xB3, 0xB6, 0xB7, 0xBA, 0xBB, 0xBE, 0xBF, 0xBA, 0x05];

    private readonly byte[] _bytes = new byte[24];

    /// <summary>Writes an instruction where a processor fetches the next one.</summary>
    public void Write(IVirtualProcessor processor, GuestMemory memory)
    {
        int length = 0;
        if (random.OneIn(16))
        {
            Fill(0);
            Place(processor, memory);
            return;
        }

        for (int prefixes = random.OneIn(2) ? 0 : random.OneIn(32) ? 15 : random.Below(4); prefixes > 0; prefixes--)
        {
            _bytes[length++] = random.Of<byte>(s_prefixes);
        }

        switch (random.Below(4))
        {
            case 0:
                _bytes[length++] = 0x0F;
                _bytes[length++] = random.Of<byte>(s_twoByteOpcodes);
                break;
            case 1:
                _bytes[length++] = (byte)random.Below(0x40);
                break;
            default:
                _bytes[length++] = random.Of<byte>(s_opcodes);
                break;
        }

        Fill(length);
        if (!random.OneIn(16))
        {
            // An operand in memory.
            _bytes[length] = (byte)((_bytes[length] & 0x3F) | random.Below(3) << 6);
        }

        Place(processor, memory);
    }

    /// <summary>Writes <c>MOV [rDI], EAX</c> or <c>MOV EAX, [rDI]</c>.</summary>
    public void WriteMove(IVirtualProcessor processor, GuestMemory memory, bool isStore)
    {
        int length = 0;
        Array.Clear(_bytes);
        ushort attributes = processor.GetSegment(SegmentRegister.Cs).Attributes;
        bool is64 = (processor.Efer & ControlBits.EferLongModeActive) != 0 && (attributes & ControlBits.AttributeLong) != 0;
        if (!is64 && (attributes & ControlBits.AttributeDefault32) == 0)
        {
            _bytes[length++] = 0x66;
        }

        _bytes[length++] = isStore ? (byte)0x89 : (byte)0x8B;
        _bytes[length] = 0x07;
        Place(processor, memory);
    }

    // Page by page, as far as it is translated.
    private void Place(IVirtualProcessor processor, GuestMemory memory)
    {
        SegmentState code = processor.GetSegment(SegmentRegister.Cs);
        bool is64 = (processor.Efer & ControlBits.EferLongModeActive) != 0 && (code.Attributes & ControlBits.AttributeLong) != 0;
        ulong linear = is64 ? processor.Rip : (uint)(code.Base + processor.Rip);
        int done = 0;
        while (done < 15)
        {
            int count = Math.Min(15 - done, (int)(0x1000 - (linear & 0xFFF)));
            if (!GuestPageWalk.TryTranslate(processor, memory, new LinearAddress(linear), false, out GuestAddress physical, out _)
                || !memory.TryWrite(physical, _bytes.AsSpan(done, count)))
            {
                return;
            }

            done += count;
            linear += (ulong)count;
        }
    }

    private void Fill(int from)
    {
        for (; from < _bytes.Length; from++)
        {
            _bytes[from] = (byte)random.Next();
        }
    }
}
