namespace Hyperlaunch.Platform.Power;

/// <summary>
/// What a guest asks for through the ports that control power and reset. It takes effect when the access is over.
/// </summary>
public interface IPowerRequests
{
    /// <summary>The domain turns itself off (ACPI S5).</summary>
    void PowerOff();

    /// <summary>The domain asks to start again.</summary>
    void Restart();
}
