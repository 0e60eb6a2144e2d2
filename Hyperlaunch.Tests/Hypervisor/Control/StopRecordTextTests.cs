using System;
using System.Linq;
using System.Text;
using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Execution;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Control;

/// <summary>The record of a crash on the console and in an answer.</summary>
public sealed class StopRecordTextTests
{
    private static readonly StopRecord s_record = new()
    {
        Reason = StopReason.InvalidState,
        ProcessorIndex = 1,
        Exit = new VmExit
        {
            Reason = ExitReason.InvalidState,
            RawReason = 0x21,
            Qualification = 4,
            GuestPhysicalAddress = 5,
            Diagnosis = "Guest CS is unusable.",
        },
        Cs = 6,
        Rip = 7,
        Rsp = 8,
        Rflags = 9,
        Cr0 = 10,
        Cr2 = 11,
        Cr3 = 12,
        Cr4 = 13,
        Efer = 14,
    };

    [Fact]
    public void The_console_shows_the_diagnosis_first_and_all_registers()
        => Assert.Equal(
            "vcpu=1 exit=invalid-state problem=\"Guest CS is unusable.\" code=0x21 qualification=0x4 address=0x5 cs=0x6 rip=0x7 "
                + "rsp=0x8 "
                + "rflags=0x9 cr0=0xa cr2=0xb cr3=0xc cr4=0xd efer=0xe",
            Text(isAnswer: false, s_record));

    [Fact]
    public void An_answer_has_the_same_and_its_newer_keys_last()
        => Assert.Equal(
            "vcpu=1 exit=invalid-state address=0x5 cs=0x6 rip=0x7 rsp=0x8 cr0=0xa cr2=0xb cr3=0xc cr4=0xd efer=0xe "
                + "code=0x21 qualification=0x4 rflags=0x9 diagnosis=\"Guest CS is unusable.\"",
            Text(isAnswer: true, s_record));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Both_tell_every_register_of_the_record(bool isAnswer)
    {
        string[] values = [.. Text(isAnswer, s_record).Split(
            ' ').Where(word => word.Contains("=0x", StringComparison.Ordinal)).Select(word => word.Split('=')[1])];
        Assert.Equal(12, values.Length);
        Assert.Equal(12, values.Distinct().Count());
    }

    [Fact]
    public void An_end_that_no_exit_was_the_reason_of_has_no_registers()
        => Assert.Equal("", Text(isAnswer: true, new StopRecord { Reason = StopReason.Crash }));

    private static string Text(bool isAnswer, in StopRecord record)
    {
        RecordLine line = new(1024);
        line.Begin(isAnswer ? RecordStyle.Answer : RecordStyle.Event);
        StopRecordText.AddRegisters(line, in record, isAnswer);
        return Encoding.Latin1.GetString(line.Bytes);
    }
}
