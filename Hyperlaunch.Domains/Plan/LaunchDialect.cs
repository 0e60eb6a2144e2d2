namespace Hyperlaunch.Domains.Plan;

/// <summary>The dialects of the Launch Control Module, by the year of the document that introduced them; oldest first.</summary>
public enum LaunchDialect
{
    /// <summary>No tree: the first module is dom0's kernel, the second its ramdisk.</summary>
    Classic = 0,

    /// <summary>Xen on Arm: <c>xen,domain</c> nodes directly under <c>/chosen</c>.</summary>
    Dom0less,

    /// <summary>The RFC, and the document in Xen's tree: <c>permissions</c>, <c>functions</c>, <c>mb-index</c>.</summary>
    Year2021,

    /// <summary>The later patch series: <c>module-index</c>, <c>memory</c> as a string.</summary>
    Year2022,

    /// <summary>The revised document: <c>role</c> and <c>capability</c>.</summary>
    Year2023,

    /// <summary>"Device tree for dom0": <c>multiboot,kernel</c>, <c>capabilities</c>.</summary>
    Year2025,
}
