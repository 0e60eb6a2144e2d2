using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Execution;

namespace Hyperlaunch.Hypervisor.Control;

/// <summary>How a domain ended, as keys of a record: what the console shows of it, a command answers, too.</summary>
internal static class StopRecordText
{
    /// <summary>
    /// Adds what the processor was doing, when an exit of its was the reason, and otherwise nothing. The keys are the same in
    /// both forms; an answer has those last that it got later, and calls the diagnosis so, because its own <c>problem</c> stands
    /// before.
    /// </summary>
    /// <param name="line">The record.</param>
    /// <param name="record">How the domain ended.</param>
    /// <param name="isAnswer">Whether it is an answer; otherwise it is an event.</param>
    public static void AddRegisters(RecordLine line, in StopRecord record, bool isAnswer)
    {
        if (!StopReasonNames.HasRegisters(record.Reason))
        {
            return;
        }

        line.Add("vcpu", (ulong)record.ProcessorIndex);
        line.Add("exit", ExitCounts.Name(record.Exit.Reason));
        if (!isAnswer)
        {
            AddDiagnosis(line, "problem", in record);
            AddExit(line, in record);
        }

        line.AddHex("address", record.Exit.GuestPhysicalAddress);
        line.AddHex("cs", record.Cs);
        line.AddHex("rip", record.Rip);
        line.AddHex("rsp", record.Rsp);
        if (!isAnswer)
        {
            line.AddHex("rflags", record.Rflags);
        }

        line.AddHex("cr0", record.Cr0);
        line.AddHex("cr2", record.Cr2);
        line.AddHex("cr3", record.Cr3);
        line.AddHex("cr4", record.Cr4);
        line.AddHex("efer", record.Efer);
        if (isAnswer)
        {
            AddExit(line, in record);
            line.AddHex("rflags", record.Rflags);
            AddDiagnosis(line, "diagnosis", in record);
        }
    }

    private static void AddExit(RecordLine line, in StopRecord record)
    {
        line.AddHex("code", record.Exit.RawReason);
        line.AddHex("qualification", record.Exit.Qualification);
    }

    private static void AddDiagnosis(RecordLine line, string key, in StopRecord record)
    {
        if (record.Exit.Diagnosis is not null)
        {
            line.AddQuoted(key, record.Exit.Diagnosis);
        }
    }
}
