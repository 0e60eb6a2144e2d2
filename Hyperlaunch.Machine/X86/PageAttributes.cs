namespace Hyperlaunch.Machine.X86;

/// <summary>
/// The page attribute table: what the three bits of a page's entry mean (Intel SDM volume 3, section 12.12; AMD APM volume 2,
/// section 7.8). Each CPU has one of its own, which must be the same on all (SDM, 12.12.4), and firmware may have left any.
/// </summary>
public static class PageAttributes
{
    /// <summary>
    /// What the hypervisor uses: the table after power-on (WB, WT, UC-, UC, and again), but entry 1, whose bit is PWT, combines
    /// writes.
    /// </summary>
    public const ulong Wanted = 0x0007_0406_0007_0106;

    private const uint FeatureTable = 1u << 16;

    /// <summary>Gives this CPU the table.</summary>
    /// <returns>
    /// True when the caller must now write back and invalidate the caches and drop all translations: what was cached by the
    /// meaning of the table before is to be gone (SDM, 12.12.4).
    /// </returns>
    public static bool Enable(IHostProcessor processor, IModelRegisters registers)
        => (processor.Cpuid(1, 0).Edx & FeatureTable) != 0
            && registers.TryRead(Msr.Pat, out ulong value)
            && value != Wanted
            && registers.TryWrite(Msr.Pat, Wanted);
}
