using System;
using System.Numerics;
using Hyperlaunch.Hypervisor.Execution;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Execution;

public sealed class MemoryArithmeticTests
{
    private const ulong Carry = 0x001;
    private const ulong Parity = 0x004;
    private const ulong Auxiliary = 0x010;
    private const ulong Zero = 0x040;
    private const ulong Sign = 0x080;
    private const ulong Overflow = 0x800;
    private const ulong Status = Carry | Parity | Auxiliary | Zero | Sign | Overflow;

    [Theory]
    [InlineData(MemoryOperation.Add, 0xFF, 0x01, 0, 0x00, Carry | Zero | Parity | Auxiliary)]
    [InlineData(MemoryOperation.Add, 0x7F, 0x01, 0, 0x80, Sign | Overflow | Auxiliary)]
    [InlineData(MemoryOperation.Add, 0x80, 0x80, 0, 0x00, Carry | Zero | Parity | Overflow)]
    [InlineData(MemoryOperation.AddWithCarry, 0xFF, 0x00, 1, 0x00, Carry | Zero | Parity | Auxiliary)]
    [InlineData(MemoryOperation.AddWithCarry, 0xFF, 0xFF, 1, 0xFF, Carry | Sign | Parity | Auxiliary)]
    [InlineData(MemoryOperation.AddWithCarry, 0x01, 0x01, 0, 0x02, 0)]
    [InlineData(MemoryOperation.Subtract, 0x00, 0x01, 0, 0xFF, Carry | Sign | Parity | Auxiliary)]
    [InlineData(MemoryOperation.Subtract, 0x80, 0x01, 0, 0x7F, Overflow | Auxiliary)]
    [InlineData(MemoryOperation.SubtractWithBorrow, 0x00, 0xFF, 1, 0x00, Carry | Zero | Parity | Auxiliary)]
    [InlineData(MemoryOperation.SubtractWithBorrow, 0x05, 0x05, 1, 0xFF, Carry | Sign | Parity | Auxiliary)]
    [InlineData(MemoryOperation.SubtractWithBorrow, 0x05, 0x03, 1, 0x01, 0)]
    [InlineData(MemoryOperation.Compare, 0x10, 0x20, 0, 0x10, Carry | Sign | Parity)]
    [InlineData(MemoryOperation.Compare, 0x33, 0x33, 0, 0x33, Zero | Parity)]
    [InlineData(MemoryOperation.And, 0xF0, 0x0F, 1, 0x00, Zero | Parity)]
    [InlineData(MemoryOperation.Or, 0x80, 0x03, 1, 0x83, Sign)]
    [InlineData(MemoryOperation.Xor, 0xFF, 0x0F, 1, 0xF0, Sign | Parity)]
    [InlineData(MemoryOperation.Test, 0xFF, 0x01, 1, 0xFF, 0)]
    [InlineData(MemoryOperation.Increment, 0xFF, 0x55, 0, 0x00, Zero | Parity | Auxiliary)]
    [InlineData(MemoryOperation.Increment, 0x7F, 0x55, 1, 0x80, Carry | Sign | Overflow | Auxiliary)]
    [InlineData(MemoryOperation.Increment, 0x01, 0x55, 1, 0x02, Carry)]
    [InlineData(MemoryOperation.Decrement, 0x00, 0x55, 0, 0xFF, Sign | Parity | Auxiliary)]
    [InlineData(MemoryOperation.Decrement, 0x80, 0x55, 1, 0x7F, Carry | Overflow | Auxiliary)]
    [InlineData(MemoryOperation.Decrement, 0x01, 0x55, 1, 0x00, Carry | Zero | Parity)]
    [InlineData(MemoryOperation.Complement, 0xF0, 0x55, 0, 0x0F, 0)]
    [InlineData(MemoryOperation.Complement, 0xFF, 0x55, 1, 0x00, Carry)]
    [InlineData(MemoryOperation.Negate, 0x00, 0x55, 1, 0x00, Zero | Parity)]
    [InlineData(MemoryOperation.Negate, 0x80, 0x55, 0, 0x80, Carry | Sign | Overflow)]
    [InlineData(MemoryOperation.Negate, 0x01, 0x55, 0, 0xFF, Carry | Sign | Parity | Auxiliary)]
    public void Bytes(MemoryOperation operation, ulong first, ulong second, ulong carry, ulong expected, ulong expectedFlags)
    {
        ulong flags = 0x202 | carry;

        Assert.Equal(expected, MemoryArithmetic.Compute(operation, first, second, 1, ref flags));
        Assert.Equal(0x202 | expectedFlags, flags);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Sums_and_differences_agree_with_wide_arithmetic(int size)
    {
        Random random = new(size);
        BigInteger modulus = BigInteger.One << (size * 8);
        ulong mask = (ulong)(modulus - 1);
        for (int i = 0; i < 5_000; i++)
        {
            ulong first = Edge(random) & mask;
            ulong second = Edge(random) & mask;
            uint carry = (uint)random.Next(2);
            ulong flags = carry;
            ulong sum = MemoryArithmetic.Compute(MemoryOperation.AddWithCarry, first, second, size, ref flags);
            Check((BigInteger)first + second + carry, Signed(first) + Signed(second) + carry, sum, flags);

            flags = carry;
            ulong difference = MemoryArithmetic.Compute(MemoryOperation.SubtractWithBorrow, first, second, size, ref flags);
            Check((BigInteger)first - second - carry, Signed(first) - Signed(second) - carry, difference, flags);
        }

        BigInteger Signed(ulong value) => value > mask >> 1 ? value - modulus : value;

        void Check(BigInteger exact, BigInteger signed, ulong result, ulong flags)
        {
            Assert.Equal(((exact % modulus) + modulus) % modulus, result);
            Assert.Equal(exact < 0 || exact >= modulus, (flags & Carry) != 0);
            Assert.Equal(signed < -(modulus / 2) || signed >= modulus / 2, (flags & Overflow) != 0);
            Assert.Equal(result == 0, (flags & Zero) != 0);
            Assert.Equal(result > mask >> 1, (flags & Sign) != 0);
            Assert.Equal(BitOperations.PopCount(result & 0xFF) % 2 == 0, (flags & Parity) != 0);
        }
    }

    [Theory]
    [InlineData(MemoryOperation.BitTest, 0x8000_0000UL, 31UL, 4, 0x8000_0000UL, true)]
    [InlineData(MemoryOperation.BitTest, 0x8000_0000UL, 63UL, 4, 0x8000_0000UL, true)]
    [InlineData(MemoryOperation.BitTest, 1UL, 64UL, 8, 1UL, true)]
    [InlineData(MemoryOperation.BitTestAndSet, 0UL, 15UL, 2, 0x8000UL, false)]
    [InlineData(MemoryOperation.BitTestAndSet, 0UL, 16UL, 2, 1UL, false)]
    [InlineData(MemoryOperation.BitTestAndReset, ulong.MaxValue, 63UL, 8, ulong.MaxValue >> 1, true)]
    [InlineData(MemoryOperation.BitTestAndComplement, 4UL, 2UL, 4, 0UL, true)]
    [InlineData(MemoryOperation.BitTestAndComplement, 0UL, 2UL, 4, 4UL, false)]
    public void Bits(MemoryOperation operation, ulong first, ulong second, int size, ulong expected, bool carry)
    {
        ulong flags = carry ? Status & ~Carry : Status;

        Assert.Equal(expected, MemoryArithmetic.Compute(operation, first, second, size, ref flags));
        Assert.Equal(carry ? Status : Status & ~Carry, flags);
    }

    [Theory]
    [InlineData(MemoryOperation.Store)]
    [InlineData(MemoryOperation.Exchange)]
    [InlineData(MemoryOperation.Load)]
    [InlineData(MemoryOperation.StoreString)]
    [InlineData(MemoryOperation.MoveString)]
    public void Moves_give_the_second_operand_cut_to_size_and_keep_the_flags(MemoryOperation operation)
    {
        ulong flags = Status;

        Assert.Equal(0x5678UL, MemoryArithmetic.Compute(operation, 0, 0x1234_5678, 2, ref flags));
        Assert.Equal(Status, flags);
    }

    private static ulong Edge(Random random) => random.Next(4) switch
    {
        0 => (ulong)random.Next(3),
        1 => ulong.MaxValue - (ulong)random.Next(3),
        2 => (1UL << random.Next(64)) - (ulong)random.Next(2),
        _ => (ulong)random.NextInt64() << random.Next(2),
    };
}
