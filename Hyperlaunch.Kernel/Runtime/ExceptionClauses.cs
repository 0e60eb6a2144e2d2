using System.Runtime;
using System.Runtime.InteropServices;
using Hyperlaunch.Kernel.Faults;

namespace Hyperlaunch.Kernel.Runtime;

/// <summary>
/// A method's try clauses, one after the other, innermost first. CoreLib gives 32 bytes for the state of an enumeration:
/// System.Runtime.EH.EHEnum.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
internal unsafe struct ExceptionClauses
{
    private const int KindTyped = 0;
    private const int KindFault = 1;
    private const int KindFilter = 2;
    private const int KindBits = 2;

    private ulong _methodStart;
    private byte* _cursor;
    private uint _remaining;

    [RuntimeExport("RhpEHEnumInitFromStackFrameIterator")]
    private static bool Start(StackFrame* frame, MethodRegion* region, ExceptionClauses* clauses)
    {
        *region = default;
        *clauses = default;
        if (!FrameDescription.TryFind(frame->ControlPc, out FrameDescription code) || code.MethodInfo == null)
        {
            return false;
        }

        CompiledMethod method = CompiledMethod.Read(code);
        region->Start = method.MethodStart;
        region->Size = code.End - method.MethodStart;
        if (method.Clauses == null)
        {
            return false;
        }

        clauses->_methodStart = method.MethodStart;
        clauses->_cursor = method.Clauses;
        clauses->_remaining = ReadUnsigned(ref clauses->_cursor);
        return true;
    }

    [RuntimeExport("RhpEHEnumNext")]
    private static bool Next(ExceptionClauses* clauses, Clause* clause)
    {
        if (clauses->_remaining == 0)
        {
            return false;
        }

        clauses->_remaining--;
        clause->TryStart = ReadUnsigned(ref clauses->_cursor);
        uint lengthAndKind = ReadUnsigned(ref clauses->_cursor);
        clause->TryEnd = clause->TryStart + (lengthAndKind >> KindBits);
        clause->Kind = (int)(lengthAndKind & ((1 << KindBits) - 1));
        clause->Filter = null;
        clause->TargetType = null;
        clause->Handler = (byte*)(clauses->_methodStart + ReadUnsigned(ref clauses->_cursor));
        switch (clause->Kind)
        {
            case KindTyped:
                clause->TargetType = clauses->_cursor + *(int*)clauses->_cursor;
                clauses->_cursor += sizeof(int);
                return true;
            case KindFilter:
                clause->Filter = (byte*)(clauses->_methodStart + ReadUnsigned(ref clauses->_cursor));
                return true;
            case KindFault:
                return true;
            default:
                Panic.Stop("a method has an exception clause of an unknown kind"u8);
                return false;
        }
    }

    // As many low one bits as bytes follow the first, then a zero, then the value from low to high.
    private static uint ReadUnsigned(ref byte* cursor)
    {
        uint first = *cursor;
        uint value;
        if ((first & 1) == 0)
        {
            value = first >> 1;
            cursor += 1;
        }
        else if ((first & 2) == 0)
        {
            value = (uint)*(ushort*)cursor >> 2;
            cursor += 2;
        }
        else if ((first & 4) == 0)
        {
            value = (*(ushort*)cursor | ((uint)cursor[2] << 16)) >> 3;
            cursor += 3;
        }
        else if ((first & 8) == 0)
        {
            value = *(uint*)cursor >> 4;
            cursor += 4;
        }
        else
        {
            value = *(uint*)(cursor + 1);
            cursor += 5;
        }

        return value;
    }

    /// <summary>System.Runtime.EH.RhEHClause.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Clause
    {
        public int Kind;
        public uint TryStart;
        public uint TryEnd;
        public byte* Filter;
        public byte* Handler;
        public byte* TargetType;
    }

    /// <summary>System.Runtime.EH.MethodRegionInfo; methods have no separate cold part.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct MethodRegion
    {
        public ulong Start;
        public ulong Size;
        public ulong ColdStart;
        public ulong ColdSize;
    }
}
