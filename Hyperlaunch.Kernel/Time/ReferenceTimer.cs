namespace Hyperlaunch.Kernel.Time;

/// <summary>A timer of the machine whose frequency is known, to compare others with.</summary>
internal abstract class ReferenceTimer
{
    /// <summary>Its name, for the log.</summary>
    public abstract string Name { get; }

    /// <summary>Its frequency in Hz.</summary>
    public abstract ulong Hertz { get; }

    /// <summary>The bits that count.</summary>
    public abstract uint Mask { get; }

    /// <summary>Has it run.</summary>
    public virtual void Start()
    {
    }

    /// <summary>Its count, upwards; bits beyond <see cref="Mask"/> may be anything.</summary>
    public abstract uint Read();
}
