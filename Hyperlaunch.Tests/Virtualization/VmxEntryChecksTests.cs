using System;
using System.Collections.Generic;
using Hyperlaunch.Virtualization.Vmx;
using Xunit;

namespace Hyperlaunch.Tests.Virtualization;

// A 64-bit guest that any processor enters, spoiled in one field.
public class VmxEntryChecksTests
{
    private const uint Cs = 1;
    private const uint Ss = 2;
    private const uint Fs = 4;
    private const uint Ldtr = 6;
    private const uint Tr = 7;
    private const int PhysicalAddressBits = 40;
    private const ulong NotCanonical = 1UL << 47;

    private readonly Fields _fields = new();

    [Fact]
    public void Finds_nothing_wrong_with_a_good_state()
        => Assert.StartsWith("The processor refuses", Explain(), StringComparison.Ordinal);

    [Theory]
    [InlineData(VmcsField.GuestCr0, 0x80010013, "Guest CR0")]
    [InlineData(VmcsField.GuestCr0, 0x1_8001_0033, "Guest CR0")]
    [InlineData(VmcsField.GuestCr0, 0x80010032, "Guest CR0 has paging without protection.")]
    [InlineData(VmcsField.GuestCr0, 0x33, "guest CR0 has no paging")]
    [InlineData(VmcsField.GuestCr4, 0x20, "Guest CR4")]
    [InlineData(VmcsField.GuestCr4, 0x2000, "CR4 no PAE")]
    [InlineData(VmcsField.GuestCr3, 1UL << PhysicalAddressBits, "Guest CR3")]
    [InlineData(VmcsField.GuestDebugControl, 1UL << 2, "IA32_DEBUGCTL")]
    [InlineData(VmcsField.GuestDr7, 1UL << 32, "Guest DR7")]
    [InlineData(VmcsField.GuestSysenterEip, NotCanonical, "IA32_SYSENTER")]
    [InlineData(VmcsField.GuestPat, 2UL, "IA32_PAT")]
    [InlineData(VmcsField.GuestEfer, 0x502UL, "IA32_EFER has reserved")]
    [InlineData(VmcsField.GuestEfer, 0x100UL, "IA32_EFER.LMA")]
    [InlineData(VmcsField.GuestEfer, 0x400UL, "IA32_EFER.LMA")]
    [InlineData(VmcsField.GuestGdtrBase, NotCanonical, "GDTR")]
    [InlineData(VmcsField.GuestIdtrLimit, 0x10000UL, "limit is beyond 16 bits")]
    [InlineData(VmcsField.GuestRip, NotCanonical, "Guest RIP")]
    [InlineData(VmcsField.GuestRflags, 0UL, "Guest RFLAGS has wrong")]
    [InlineData(VmcsField.GuestRflags, 0x8002UL, "Guest RFLAGS has wrong")]
    [InlineData(VmcsField.EntryInterruption, 0x8000_0030UL, "RFLAGS.IF is clear")]
    [InlineData(VmcsField.GuestActivity, 4UL, "activity")]
    [InlineData(VmcsField.GuestInterruptibility, 3UL, "both STI and MOV SS")]
    [InlineData(VmcsField.GuestInterruptibility, 1UL, "has STI")]
    [InlineData(VmcsField.GuestPendingDebug, 1UL << 4, "pending debug")]
    [InlineData(VmcsField.LinkPointer, 0UL, "link pointer")]
    public void Names_the_field(uint field, ulong value, string expected)
    {
        _fields[field] = value;
        Assert.Contains(expected, Explain(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Cs, 0x10000, "Guest CS is unusable.")]
    [InlineData(Cs, 0xE09B, "Guest CS has both L and D.")]
    [InlineData(Cs, 0xA09A, "Guest CS has a type")]
    [InlineData(Cs, 0xA08B, "Guest CS is a system segment.")]
    [InlineData(Cs, 0xA01B, "Guest CS is usable but not present.")]
    [InlineData(Cs, 0xA0FB, "Guest CS has a privilege level")]
    [InlineData(Ss, 0xA09B, "Guest SS has a type")]
    [InlineData(Ss, 0xC19B - 8, "Guest SS has reserved bits")]
    [InlineData(Fs, 0xC092, "Guest FS has a type")]
    [InlineData(Fs, 0x4093, "Guest FS has a limit")]
    [InlineData(Ldtr, 0x89, "Guest LDTR is no local descriptor table.")]
    [InlineData(Tr, 0x89, "Guest TR is no busy task state.")]
    [InlineData(Tr, 0x83, "Guest TR is no busy task state.")]
    [InlineData(Tr, 0x10000, "Guest TR is no busy task state.")]
    public void Names_the_segment(uint segment, ulong rights, string expected)
    {
        _fields[VmcsField.GuestEsRights + (segment * 2)] = rights;
        Assert.Contains(expected, Explain(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Fs, NotCanonical, "Guest FS has a base that is not canonical.")]
    [InlineData(Tr, NotCanonical, "Guest TR has a base that is not canonical.")]
    [InlineData(Ss, 1UL << 32, "Guest SS has a base beyond 32 bits.")]
    public void Checks_bases(uint segment, ulong address, string expected)
    {
        _fields[VmcsField.GuestEsBase + (segment * 2)] = address;
        Assert.Equal(expected, Explain());
    }

    [Fact]
    public void Lets_a_segment_that_is_unusable_have_any_limit()
    {
        _fields[VmcsField.GuestEsRights + (Fs * 2)] = 0x10000;
        _fields[VmcsField.GuestEsLimit + (Fs * 2)] = 0x12345678;
        Finds_nothing_wrong_with_a_good_state();
    }

    [Fact]
    public void Wants_no_NMI_while_one_is_handled()
    {
        _fields[VmcsField.EntryInterruption] = 0x8000_0202;
        _fields[VmcsField.GuestInterruptibility] = 1 << 3;
        Assert.Equal("An NMI is to be delivered while NMIs are blocked.", Explain());
    }

    private string Explain()
    {
        VmxEntryRules rules = new(0x8000_0021, 0xFFFF_FFFF, 0x2000, 0x3727FF, PhysicalAddressBits);
        return new VmxEntryChecks(_fields, rules).Explain();
    }

    private sealed class Fields : IVmcsReader
    {
        private readonly Dictionary<uint, ulong> _values = [];

        public Fields()
        {
            this[VmcsField.GuestCr0] = 0x80010033;
            this[VmcsField.GuestCr4] = 0x2020;
            this[VmcsField.GuestEfer] = 0x500;
            this[VmcsField.EntryControls] = 0xD3FF;
            this[VmcsField.GuestPat] = 0x0007_0406_0007_0406;
            this[VmcsField.GuestDr7] = 0x400;
            this[VmcsField.GuestRflags] = 2;
            this[VmcsField.LinkPointer] = ulong.MaxValue;
            for (uint segment = 0; segment < Ldtr; segment++)
            {
                Segment(segment, segment == Cs ? 0xA09Bu : 0xC093u, uint.MaxValue);
            }

            Segment(Ldtr, 0x82, 0xFFFF);
            Segment(Tr, 0x8B, 0x67);
        }

        public ulong this[uint field]
        {
            set => _values[field] = value;
        }

        public ulong Read(uint field) => _values.GetValueOrDefault(field);

        private void Segment(uint segment, uint rights, uint limit)
        {
            this[VmcsField.GuestEsRights + (segment * 2)] = rights;
            this[VmcsField.GuestEsLimit + (segment * 2)] = limit;
        }
    }
}
