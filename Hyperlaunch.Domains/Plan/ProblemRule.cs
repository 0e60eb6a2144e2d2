namespace Hyperlaunch.Domains.Plan;

/// <summary>The rules that a configuration can break, by the names that programs may rely on.</summary>
public static class ProblemRule
{
    /// <summary>The boot loader gave no module at all.</summary>
    public const string NoModules = "no-modules";

    /// <summary>The first module begins as a device tree does, and cannot be read as one.</summary>
    public const string TreeUnreadable = "tree-unreadable";

    /// <summary>The tree can be read and breaks a rule of the Devicetree Specification.</summary>
    public const string TreeDefect = "tree-defect";

    /// <summary>The tree describes no domain: it is no Launch Control Module.</summary>
    public const string NotLaunchControl = "not-launch-control";

    /// <summary>The tree has a hypervisor node and a domain node outside it.</summary>
    public const string DomainOutside = "domain-outside-hypervisor";

    /// <summary>The hypervisor node has no <c>compatible</c>.</summary>
    public const string HypervisorCompatible = "hypervisor-compatible";

    /// <summary>A child of the hypervisor or a domain node is neither a domain, a configuration nor a module.</summary>
    public const string UnknownNode = "unknown-node";

    /// <summary>The domains of one tree are written in different dialects.</summary>
    public const string MixedDialects = "mixed-dialects";

    /// <summary>Nothing is left that can be launched.</summary>
    public const string NothingToLaunch = "nothing-to-launch";

    /// <summary>More domains than a plan can hold.</summary>
    public const string TooManyDomains = "too-many-domains";

    /// <summary>A property is not of its type.</summary>
    public const string PropertyType = "property-type";

    /// <summary>A property has a value that it cannot have.</summary>
    public const string PropertyValue = "property-value";

    /// <summary>Two properties of one node contradict each other.</summary>
    public const string Contradiction = "contradiction";

    /// <summary>A required property is missing.</summary>
    public const string MissingProperty = "missing-property";

    /// <summary>A property that no dialect has.</summary>
    public const string UnknownProperty = "unknown-property";

    /// <summary>A property of another dialect than the node's.</summary>
    public const string ForeignProperty = "foreign-property";

    /// <summary>A property that is understood and changes nothing here.</summary>
    public const string NoEffect = "no-effect";

    /// <summary>Bits that are not defined.</summary>
    public const string UnknownBits = "unknown-bits";

    /// <summary>A domain id that is reserved.</summary>
    public const string ReservedDomainId = "reserved-domid";

    /// <summary>A domain id that another domain has.</summary>
    public const string DuplicateDomainId = "duplicate-domid";

    /// <summary>A role that only one domain may have, and another has.</summary>
    public const string DuplicateRole = "duplicate-role";

    /// <summary>A boot domain that is also the legacy dom0.</summary>
    public const string LegacyBootDomain = "legacy-boot-domain";

    /// <summary>Two domains of one name.</summary>
    public const string DuplicateName = "duplicate-name";

    /// <summary>Paravirtualization is asked for.</summary>
    public const string Paravirtualized = "paravirtualized";

    /// <summary>An amount of memory that probably is in another unit.</summary>
    public const string MemoryUnit = "memory-unit";

    /// <summary>A legacy dom0 gets less memory than it asks for.</summary>
    public const string MemoryClamped = "memory-clamped";

    /// <summary>A domain gets less memory than it asks for, and not less than its minimum.</summary>
    public const string MemoryReduced = "memory-reduced";

    /// <summary>A domain's memory does not fit into the machine.</summary>
    public const string MemoryDoesNotFit = "memory-does-not-fit";

    /// <summary>A domain has more virtual CPUs than the machine has CPUs.</summary>
    public const string SharedProcessors = "shared-processors";

    /// <summary>A domain without a kernel.</summary>
    public const string NoKernel = "no-kernel";

    /// <summary>A second module of one type in one domain.</summary>
    public const string DuplicateModule = "duplicate-module";

    /// <summary>A module of a type that does not belong where it is.</summary>
    public const string MisplacedModule = "misplaced-module";

    /// <summary>A module of a type that does not exist.</summary>
    public const string UnknownModuleType = "unknown-module-type";

    /// <summary>A module that does not say where it is.</summary>
    public const string ModuleNotLocated = "module-not-located";

    /// <summary>Module index 0, which is the Launch Control Module itself.</summary>
    public const string ModuleIndexZero = "module-index-zero";

    /// <summary>A module index beyond the last module.</summary>
    public const string ModuleIndexBeyondLast = "module-index-beyond-last";

    /// <summary>A located module that shares memory with another.</summary>
    public const string ModuleOverlap = "module-overlap";

    /// <summary>A located module that does not lie in RAM.</summary>
    public const string ModuleOutsideRam = "module-outside-ram";

    /// <summary>A module that may have one owner has two.</summary>
    public const string ModuleOwners = "module-owners";

    /// <summary>One module is used as two things.</summary>
    public const string ModuleTwoUses = "module-two-uses";

    /// <summary>A module that is used by nobody.</summary>
    public const string ModuleUnused = "module-unused";

    /// <summary>A module without a byte.</summary>
    public const string ModuleEmpty = "module-empty";

    /// <summary>A legacy dom0 takes as its ramdisk the first module that nobody claims.</summary>
    public const string RamdiskTaken = "ramdisk-taken";

    /// <summary>The boot loader's string and <c>bootargs</c> both give a command line.</summary>
    public const string CommandLineTwice = "command-line-twice";

    /// <summary>A command line longer than the kernel accepts.</summary>
    public const string CommandLineTooLong = "command-line-too-long";

    /// <summary>A kernel image that cannot be launched.</summary>
    public const string KernelImage = "kernel-image";

    /// <summary>A kernel image, or its ramdisk, that needs more memory than its domain has.</summary>
    public const string ImageDoesNotFit = "image-does-not-fit";

    /// <summary>A time limit on a domain that is no boot domain.</summary>
    public const string TimeoutWithoutBoot = "timeout-without-boot";

    /// <summary>An option that does not exist.</summary>
    public const string UnknownOption = "unknown-option";

    /// <summary>An option with a value that it cannot have.</summary>
    public const string OptionValue = "option-value";
}
