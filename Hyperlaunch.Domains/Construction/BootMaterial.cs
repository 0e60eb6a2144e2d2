using System;

namespace Hyperlaunch.Domains.Construction;

/// <summary>
/// What a boot domain finds in its initramfs: <c>/hyperlaunch/lcm.dtb</c>, <c>/hyperlaunch/modules</c> and, where it was given
/// one, <c>/hyperlaunch/config</c>. It refers to the modules' bytes, which the builder writes into the domain. The default is no
/// material, as every other domain has.
/// </summary>
public readonly ref struct BootMaterial
{
    /// <summary>The most files that there are.</summary>
    public const int MaximumFiles = 3;

    private readonly ReadOnlySpan<byte> _launchControl;
    private readonly ReadOnlySpan<byte> _modules;
    private readonly ReadOnlySpan<byte> _configuration;

    /// <summary>Makes the material of a boot domain that has no configuration.</summary>
    /// <param name="launchControl">The Launch Control Module.</param>
    /// <param name="modules">The list of modules.</param>
    public BootMaterial(ReadOnlySpan<byte> launchControl, ReadOnlySpan<byte> modules)
    {
        _launchControl = launchControl;
        _modules = modules;
        _configuration = default;
        FileCount = MaximumFiles - 1;
    }

    /// <summary>Makes the material of a boot domain that has a configuration, which may be empty.</summary>
    /// <param name="launchControl">The Launch Control Module.</param>
    /// <param name="modules">The list of modules.</param>
    /// <param name="configuration">The configuration.</param>
    public BootMaterial(ReadOnlySpan<byte> launchControl, ReadOnlySpan<byte> modules, ReadOnlySpan<byte> configuration)
        : this(launchControl, modules)
    {
        _configuration = configuration;
        FileCount = MaximumFiles;
    }

    /// <summary>The directory that holds the files.</summary>
    public static ReadOnlySpan<byte> Directory => "hyperlaunch"u8;

    /// <summary>How many files there are; 0 when there is no material.</summary>
    public int FileCount { get; }

    /// <summary>A file's path from the root of the initramfs, without the first slash.</summary>
    /// <param name="index">Which file, below <see cref="FileCount"/>.</param>
    public static ReadOnlySpan<byte> Path(int index) => index switch
    {
        0 => "hyperlaunch/lcm.dtb"u8,
        1 => "hyperlaunch/modules"u8,
        _ => "hyperlaunch/config"u8,
    };

    /// <summary>A file's content.</summary>
    /// <param name="index">Which file, below <see cref="FileCount"/>.</param>
    public ReadOnlySpan<byte> Content(int index) => index switch
    {
        0 => _launchControl,
        1 => _modules,
        _ => _configuration,
    };
}
