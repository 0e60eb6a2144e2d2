using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Virtualization.Guests;

/// <summary>What becomes of an exception raised while another one is delivered (AMD APM vol 2, 8.2.9, table 8-3).</summary>
internal static class ExceptionCombination
{
    // #DE, #TS, #NP, #SS, #GP.
    private const uint Contributory = (1u << 0) | (1u << 10) | (1u << 11) | (1u << 12) | (1u << 13);

    /// <summary>The three answers.</summary>
    internal enum Result
    {
        /// <summary>The second exception is delivered; the first comes again by itself.</summary>
        Second,

        /// <summary>#DF is delivered in place of both.</summary>
        DoubleFault,

        /// <summary>The processor shuts down.</summary>
        Shutdown,
    }

    /// <summary>Combines two exceptions.</summary>
    public static Result Of(byte first, byte second)
    {
        bool secondFaults = second == ExceptionVector.PageFault || IsContributory(second);
        if (first == ExceptionVector.DoubleFault)
        {
            return secondFaults ? Result.Shutdown : Result.Second;
        }

        bool isDouble = (first == ExceptionVector.PageFault && secondFaults) || (IsContributory(first) && IsContributory(second));
        return isDouble ? Result.DoubleFault : Result.Second;
    }

    private static bool IsContributory(byte vector) => vector <= ExceptionVector.Last && (Contributory & (1u << vector)) != 0;
}
