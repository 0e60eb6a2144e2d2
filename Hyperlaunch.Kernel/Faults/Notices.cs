using System.Threading;

namespace Hyperlaunch.Kernel.Faults;

/// <summary>
/// What the kernel has noticed about the machine and a person should know, a sentence each, until the launch tells it. Added by
/// any CPU while it starts, taken by the boot CPU.
/// </summary>
internal static class Notices
{
    private const int Capacity = 256;

    private static readonly string?[] s_sentences = new string?[Capacity];
    private static int s_added;
    private static int s_taken;

    /// <summary>Adds one; beyond the first 256 they are dropped.</summary>
    public static void Add(string sentence)
    {
        int index = Interlocked.Increment(ref s_added) - 1;
        if ((uint)index < Capacity)
        {
            Volatile.Write(ref s_sentences[index], sentence);
        }
    }

    /// <summary>Takes the next; null when there is none.</summary>
    public static string? Take()
    {
        string? sentence = s_taken < Capacity ? Volatile.Read(ref s_sentences[s_taken]) : null;
        s_taken += sentence is null ? 0 : 1;
        return sentence ?? NmiHandler.TakeNotice();
    }
}
