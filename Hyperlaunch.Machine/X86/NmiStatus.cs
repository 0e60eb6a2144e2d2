namespace Hyperlaunch.Machine.X86;

/// <summary>
/// The PC's port 61h, as far as non-maskable interrupts go (Intel PCH data sheets, NMI_SC): bits 7 and 6 say who asks, bits 2 and
/// 3 clear that and keep it from asking again. The lower two are the timer's and the speaker's.
/// </summary>
public static class NmiStatus
{
    /// <summary>The port.</summary>
    public const ushort Port = 0x61;

    private const byte SystemErrorPending = 1 << 7;
    private const byte ChannelCheckPending = 1 << 6;
    private const byte ChannelCheckOff = 1 << 3;
    private const byte SystemErrorOff = 1 << 2;
    private const byte Kept = 0x0F;

    /// <summary>Who asks.</summary>
    /// <param name="value">What was read from the port.</param>
    public static NmiSource SourceOf(byte value)
        => ((value & SystemErrorPending) != 0 ? NmiSource.SystemError : 0)
            | ((value & ChannelCheckPending) != 0 ? NmiSource.ChannelCheck : 0);

    /// <summary>
    /// What is written to the port so that these ask no more: a line that stays asserted would interrupt for ever. They stay off.
    /// </summary>
    /// <param name="value">What was read from the port.</param>
    /// <param name="source">Who is to be silent.</param>
    public static byte Silence(byte value, NmiSource source)
        => (byte)((value & Kept)
            | ((source & NmiSource.SystemError) != 0 ? SystemErrorOff : 0)
            | ((source & NmiSource.ChannelCheck) != 0 ? ChannelCheckOff : 0));
}
