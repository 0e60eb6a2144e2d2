namespace Hyperlaunch.Hypervisor.Execution;

/// <summary>What the decoded operations compute: result and flags (AMD APM volume 3, chapter 3).</summary>
internal static class MemoryArithmetic
{
    private const ulong Carry = 1 << 0;
    private const ulong Parity = 1 << 2;
    private const ulong Auxiliary = 1 << 4;
    private const ulong Zero = 1 << 6;
    private const ulong Sign = 1 << 7;
    private const ulong Overflow = 1 << 11;
    private const ulong StatusFlags = Carry | Parity | Auxiliary | Zero | Sign | Overflow;

    /// <summary>Computes what is written to the first operand, and the flags.</summary>
    /// <param name="operation">The operation; one without flags gives the second operand back.</param>
    /// <param name="first">The first operand.</param>
    /// <param name="second">The second operand, of an operation that has one.</param>
    /// <param name="size">Bytes of both: 1, 2, 4 or 8.</param>
    /// <param name="flags">RFLAGS before and after.</param>
    /// <returns>The result in <paramref name="size"/> bytes; for CMP, TEST and BT the first operand as it was.</returns>
    public static ulong Compute(MemoryOperation operation, ulong first, ulong second, int size, ref ulong flags)
    {
        ulong mask = size == 8 ? ulong.MaxValue : (1UL << (size * 8)) - 1;
        first &= mask;
        second &= mask;
        ulong changed = flags;
        switch (operation)
        {
            case MemoryOperation.Add:
                return Add(first, second, 0, size, mask, ref flags);
            case MemoryOperation.AddWithCarry:
                return Add(first, second, flags & Carry, size, mask, ref flags);
            case MemoryOperation.Subtract:
                return Subtract(first, second, 0, size, mask, ref flags);
            case MemoryOperation.SubtractWithBorrow:
                return Subtract(first, second, flags & Carry, size, mask, ref flags);
            case MemoryOperation.Compare:
                Subtract(first, second, 0, size, mask, ref flags);
                return first;
            case MemoryOperation.And:
                return Logic(first & second, size, ref flags);
            case MemoryOperation.Or:
                return Logic(first | second, size, ref flags);
            case MemoryOperation.Xor:
                return Logic(first ^ second, size, ref flags);
            case MemoryOperation.Test:
                Logic(first & second, size, ref flags);
                return first;
            case MemoryOperation.Increment:
                return KeepCarry(Add(first, 1, 0, size, mask, ref changed), changed, ref flags);
            case MemoryOperation.Decrement:
                return KeepCarry(Subtract(first, 1, 0, size, mask, ref changed), changed, ref flags);
            case MemoryOperation.Complement:
                return ~first & mask;
            case MemoryOperation.Negate:
                return Subtract(0, first, 0, size, mask, ref flags);
            case MemoryOperation.BitTest:
            case MemoryOperation.BitTestAndSet:
            case MemoryOperation.BitTestAndReset:
            case MemoryOperation.BitTestAndComplement:
                return TestBit(operation, first, 1UL << (int)(second & (uint)((size * 8) - 1)), ref flags);
            default:
                return second;
        }
    }

    private static ulong Add(ulong first, ulong second, ulong carry, int size, ulong mask, ref ulong flags)
    {
        ulong result = (first + second + carry) & mask;
        bool carries = result < first || (carry != 0 && result == first);
        SetFlags(result, size, carries, (first ^ result) & (second ^ result), first ^ second ^ result, ref flags);
        return result;
    }

    private static ulong Subtract(ulong first, ulong second, ulong borrow, int size, ulong mask, ref ulong flags)
    {
        ulong result = (first - second - borrow) & mask;
        bool borrows = first < second || (borrow != 0 && first == second);
        SetFlags(result, size, borrows, (first ^ second) & (first ^ result), first ^ second ^ result, ref flags);
        return result;
    }

    private static ulong KeepCarry(ulong result, ulong changed, ref ulong flags)
    {
        flags = (changed & ~Carry) | (flags & Carry);
        return result;
    }

    private static ulong Logic(ulong result, int size, ref ulong flags)
    {
        SetFlags(result, size, false, 0, 0, ref flags);
        return result;
    }

    /// <summary>The other flags are undefined after a bit test, so they stay.</summary>
    private static ulong TestBit(MemoryOperation operation, ulong first, ulong bit, ref ulong flags)
    {
        flags = (first & bit) != 0 ? flags | Carry : flags & ~Carry;
        switch (operation)
        {
            case MemoryOperation.BitTestAndSet:
                return first | bit;
            case MemoryOperation.BitTestAndReset:
                return first & ~bit;
            case MemoryOperation.BitTestAndComplement:
                return first ^ bit;
            default:
                return first;
        }
    }

    /// <summary>
    /// Sets the status flags; overflow is in the sign bit of its argument, the auxiliary carry in bit 4 of its.
    /// </summary>
    private static void SetFlags(ulong result, int size, bool carry, ulong overflow, ulong auxiliary, ref ulong flags)
    {
        ulong signBit = 1UL << ((size * 8) - 1);
        uint parity = (uint)result & 0xFF;
        parity ^= parity >> 4;
        parity ^= parity >> 2;
        parity ^= parity >> 1;
        flags &= ~StatusFlags;
        flags |= carry ? Carry : 0;
        flags |= (parity & 1) == 0 ? Parity : 0;
        flags |= auxiliary & Auxiliary;
        flags |= result == 0 ? Zero : 0;
        flags |= (result & signBit) != 0 ? Sign : 0;
        flags |= (overflow & signBit) != 0 ? Overflow : 0;
    }
}
