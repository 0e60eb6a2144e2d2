namespace Hyperlaunch.Platform.Devices;

/// <summary>The interrupt lines of a domain's platform (ISA numbering: 0 timer, 4 first serial port, 8 RTC).</summary>
public interface IInterruptLines
{
    /// <summary>Raises or lowers a line.</summary>
    void SetLine(int line, bool asserted);

    /// <summary>Whether a rise of a line would do anything now: a controller lets it through and does not have it yet.</summary>
    bool IsHeard(int line);
}
