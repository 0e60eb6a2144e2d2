namespace Hyperlaunch.Domains.Plan;

/// <content>The rules, by what they are about.</content>
public sealed partial class ProblemRule
{
    private const string AmountAction = "Say how much memory the domain has, such as memory = <0x0 0x80000> for 512 MiB.";

    /// <summary>The boot loader gave no module at all.</summary>
    public static readonly ProblemRule NoModules = StopsLaunch("no-modules", "Add module lines to the boot loader's entry.");

    /// <summary>The first module begins as a device tree does, and cannot be read as one.</summary>
    public static readonly ProblemRule TreeUnreadable =
        StopsLaunch("tree-unreadable", "Compile the configuration again, and load it uncompressed and whole.");

    /// <summary>The tree can be read and breaks a rule of the Devicetree Specification.</summary>
    public static readonly ProblemRule TreeDefect = Warns("tree-defect", "It is read all the same; compile it with dtc.");

    /// <summary>The tree describes no domain: it is no Launch Control Module.</summary>
    public static readonly ProblemRule NotLaunchControl =
        Notes("not-launch-control", "The tree is no launch control module; the next module is booted as dom0's kernel.");

    /// <summary>The tree has a hypervisor node and a domain node outside it.</summary>
    public static readonly ProblemRule DomainOutside =
        Warns("domain-outside-hypervisor", "It is ignored; move the node to the other domains.");

    /// <summary>The hypervisor node has no <c>compatible</c>.</summary>
    public static readonly ProblemRule HypervisorCompatible =
        Warns("hypervisor-compatible", "The node is read all the same; add compatible = \"hypervisor,xen\".");

    /// <summary>The hypervisor node is another hypervisor's.</summary>
    public static readonly ProblemRule ForeignHypervisor = Notes("hypervisor-compatible", "The node is not read.");

    /// <summary>A child of the hypervisor node is neither a domain nor a configuration.</summary>
    public static readonly ProblemRule UnknownNode =
        Warns("unknown-node", "The node is ignored; correct its compatible, or remove it.");

    /// <summary>A child of a domain or a configuration node is no module.</summary>
    public static readonly ProblemRule UnknownChild = Notes("unknown-node", "The node is ignored.");

    /// <summary>The domains of one tree are written in different dialects.</summary>
    public static readonly ProblemRule MixedDialects = Notes("mixed-dialects", "Each node is read in its own dialect.");

    /// <summary>Nothing is left that can be launched.</summary>
    public static readonly ProblemRule NothingToLaunch = StopsLaunch("nothing-to-launch", "Correct the errors above.");

    /// <summary>More domains than a plan can hold.</summary>
    public static readonly ProblemRule TooManyDomains = StopsDomain("too-many-domains", "It is not launched; remove domains.");

    /// <summary>A property is not of its type. The action names the type.</summary>
    public static readonly ProblemRule PropertyType = StopsDomain("property-type", "Write it as {}.");

    /// <summary>A property whose presence is its value has one.</summary>
    public static readonly ProblemRule FlagType = StopsDomain("property-type", "Write the property without a value.");

    /// <summary>A UUID of another length.</summary>
    public static readonly ProblemRule UuidType = StopsDomain("property-type", "Write the UUID as 16 bytes in square brackets.");

    /// <summary>Memory that is neither pairs of cells nor text.</summary>
    public static readonly ProblemRule MemoryType = StopsDomain("property-type", AmountAction);

    /// <summary>A range that has not the parent's number of cells.</summary>
    public static readonly ProblemRule RangeType =
        StopsDomain("property-type", "Write one address and one size, or set #address-cells and #size-cells on the parent.");

    /// <summary>A range whose parent has cell counts that cannot be used.</summary>
    public static readonly ProblemRule ParentCells = StopsDomain("property-type", "Correct the parent's cell counts.");

    /// <summary>A mode of two that exclude each other, where the dialect forbids it.</summary>
    public static readonly ProblemRule TwoModes = StopsDomain("property-value", "Clear one of the two bits; 0 is PVH.");

    /// <summary>A mode of two that exclude each other, where neither matters.</summary>
    public static readonly ProblemRule TwoModesIgnored = Warns("property-value", "Launched as PVH; clear both bits.");

    /// <summary>A number of virtual CPUs that a domain cannot have.</summary>
    public static readonly ProblemRule ProcessorCount =
        StopsDomain("property-value", "Give the domain a number of virtual CPUs within these limits.");

    /// <summary>An action after a crash that does not exist.</summary>
    public static readonly ProblemRule CrashActionValue = StopsDomain("property-value", "Choose one of the three.");

    /// <summary>A guest interface that does not exist.</summary>
    public static readonly ProblemRule InterfaceValue = StopsDomain("property-value", "Choose \"xen\", \"kvm\" or \"none\".");

    /// <summary>An action after the loss of a backend that does not exist.</summary>
    public static readonly ProblemRule BackendLossValue = StopsDomain("property-value", "Choose one of the two.");

    /// <summary>More devices of one kind than a domain can have.</summary>
    public static readonly ProblemRule TooManyDevices =
        StopsDomain("too-many-devices", "Remove devices, or give some to another domain.");

    /// <summary>A device of which nobody can say whose it is.</summary>
    public static readonly ProblemRule DeviceBackend =
        StopsDomain("device-backend", "Give that domain's node a label, and refer to it: hyperlaunch,backend = <&label>.");

    /// <summary>A device of a domain that is not launched.</summary>
    public static readonly ProblemRule DeviceBackendStopped = StopsDomain("device-backend", "Correct that domain first.");

    /// <summary>A device with an end that has not Xen's interface.</summary>
    public static readonly ProblemRule DeviceInterface =
        StopsDomain("device-interface", "Remove hyperlaunch,interface from that domain, or write \"xen\" there.");

    /// <summary>A backend with devices of the machine's that would write where no page of its frontend is.</summary>
    public static readonly ProblemRule DeviceAddresses =
        StopsDomain("device-addresses", "Add swiotlb=force to the command line of the backend's kernel.");

    /// <summary>Domains that wait for each other's devices.</summary>
    public static readonly ProblemRule DeviceCycle =
        StopsDomain("device-cycle", "Let one of the domains have a device of its own.");

    /// <summary>A disk that is nothing in its backend.</summary>
    public static readonly ProblemRule DiskSource = StopsDomain("device-source", "Say what the disk is in the backend.");

    /// <summary>A disk without a name that it can have.</summary>
    public static readonly ProblemRule DiskTarget = StopsDomain("device-target", "Give the disk a name of this form.");

    /// <summary>Two disks of one name.</summary>
    public static readonly ProblemRule DiskTwice = StopsDomain("device-target", "Give each disk of a domain a name of its own.");

    /// <summary>A bridge without a name that it can have.</summary>
    public static readonly ProblemRule BridgeName = StopsDomain("property-value", "Shorten the name of the bridge.");

    /// <summary>A hardware address that no interface can have.</summary>
    public static readonly ProblemRule HardwareAddress =
        StopsDomain("hardware-address", "Write 6 bytes in square brackets, or remove the property: an address is made then.");

    /// <summary>Two interfaces with one hardware address.</summary>
    public static readonly ProblemRule AddressTwice = StopsDomain("hardware-address", "Give each network an address of its own.");

    /// <summary>Memory that is no amount, or none.</summary>
    public static readonly ProblemRule MemoryValue = StopsDomain("property-value", AmountAction);

    /// <summary>An amount of memory that no domain can have.</summary>
    public static readonly ProblemRule MemoryLimits = StopsDomain("property-value", "The amount is in KiB; correct it.");

    /// <summary>A range that goes beyond the last address.</summary>
    public static readonly ProblemRule RangeValue = StopsDomain("property-value", "Correct them.");

    /// <summary>A domain's rights in the words of two dialects.</summary>
    public static readonly ProblemRule TwoRights = StopsDomain("contradiction", "Remove one of them.");

    /// <summary>A limit of memory in two properties. The action says which to remove.</summary>
    public static readonly ProblemRule LimitTwice = StopsDomain("contradiction", "Remove {}.");

    /// <summary>A limit of memory on the wrong side of the memory.</summary>
    public static readonly ProblemRule MemoryOrder = StopsDomain("contradiction", "Order them: minimum, memory, maximum.");

    /// <summary>A module of two types.</summary>
    public static readonly ProblemRule TwoModuleTypes = StopsDomain("contradiction", "Write a node for each module.");

    /// <summary>A module that is located in two ways.</summary>
    public static readonly ProblemRule TwoLocations = StopsDomain("contradiction", "Remove all but one of them.");

    /// <summary>A module that is located in another way than its <c>compatible</c> says.</summary>
    public static readonly ProblemRule LocatorMismatch = StopsDomain("contradiction", "Correct one of the two.");

    /// <summary>The number of virtual CPUs is missing where the dialect requires it.</summary>
    public static readonly ProblemRule MissingProcessors =
        StopsDomain("missing-property", "Say how many virtual CPUs the domain has, such as cpus = <1>.");

    /// <summary>The memory is missing.</summary>
    public static readonly ProblemRule MissingMemory = StopsDomain("missing-property", AmountAction);

    /// <summary>A property that no dialect has.</summary>
    public static readonly ProblemRule UnknownProperty =
        Warns("unknown-property", "It is ignored; correct its spelling, or remove it.");

    /// <summary>A property of another dialect than the node's.</summary>
    public static readonly ProblemRule ForeignProperty = Notes("foreign-property", "It is used here; others will not read it.");

    /// <summary>A property that changes nothing here.</summary>
    public static readonly ProblemRule NoEffect = Notes("no-effect", "It is ignored.");

    /// <summary>A device model is asked for.</summary>
    public static readonly ProblemRule NoDeviceModel = Warns("no-effect", "There is none here; launched as PVH. Clear the bit.");

    /// <summary>The function of a stub domain is asked for.</summary>
    public static readonly ProblemRule NoStubDomain =
        Notes("no-effect", "There are no stub domains here; the domain is an ordinary one.");

    /// <summary>A direct map for a domain that has no devices.</summary>
    public static readonly ProblemRule DirectMapWithoutHardware =
        Warns("no-effect", "It is ignored; remove the property, or give the domain the hardware role.");

    /// <summary>Bits that are not defined. The action names them.</summary>
    public static readonly ProblemRule UnknownBits = Warns("unknown-bits", "The bits {} are ignored; clear them.");

    /// <summary>Bits that are not defined, where the dialect forbids them. The action names them.</summary>
    public static readonly ProblemRule ForbiddenBits = StopsDomain("unknown-bits", "Clear the bits {}.");

    /// <summary>A domain id that is reserved.</summary>
    public static readonly ProblemRule ReservedDomainId =
        StopsDomain("reserved-domid", "Choose a lower number, or leave the property out.");

    /// <summary>The reserved domain id that the 2021 document gives a boot domain.</summary>
    public static readonly ProblemRule HistoricalDomainId = Warns(
        "reserved-domid",
        "Accepted for a boot domain of the 2021 document. Choose a lower number, or leave the property out.");

    /// <summary>A domain id that another domain has.</summary>
    public static readonly ProblemRule DuplicateDomainId =
        StopsDomain("duplicate-domid", "Change one of the two numbers, or leave the property out.");

    /// <summary>A role that only one domain may have, and another has. The action names it.</summary>
    public static readonly ProblemRule DuplicateRole = StopsDomain("duplicate-role", "Take the {} role from one of the two.");

    /// <summary>A boot domain that is also the legacy dom0.</summary>
    public static readonly ProblemRule LegacyBootDomain =
        Notes("legacy-boot-domain", "It is an ordinary domain: there is no boot phase for it.");

    /// <summary>Two domains of one name. The action says how the second is called.</summary>
    public static readonly ProblemRule DuplicateName = Warns("duplicate-name", "It is called {}; rename its node.");

    /// <summary>Paravirtualization is asked for.</summary>
    public static readonly ProblemRule Paravirtualized = Notes(
        "paravirtualized",
        "This hypervisor has no such mode; the domain is launched hardware-assisted, by its PVH entry or Linux boot header.");

    /// <summary>An amount of memory that probably is in another unit.</summary>
    public static readonly ProblemRule MemoryUnit =
        Warns("memory-unit", "The amount is in KiB; divide it by 1024 if bytes were meant.");

    /// <summary>A legacy dom0's amount of memory that probably is in another unit.</summary>
    public static readonly ProblemRule Dom0MemoryUnit =
        Warns("memory-unit", "The amount is in KiB; a legacy dom0 gets what is left of the machine when that is less.");

    /// <summary>A legacy dom0 gets less memory than it asks for.</summary>
    public static readonly ProblemRule MemoryClamped =
        Warns("memory-clamped", "The legacy dom0 gets that; write the amount in KiB.");

    /// <summary>A domain gets less memory than it asks for, and not less than its minimum, which the action names.</summary>
    public static readonly ProblemRule MemoryReduced = Warns("memory-reduced", "It gets that; its minimum is {}.");

    /// <summary>A domain's memory does not fit into the machine. The action says by how much.</summary>
    public static readonly ProblemRule MemoryDoesNotFit =
        StopsDomain("memory-does-not-fit", "It exceeds that by {}; the amount is in KiB. Give it less, or the machine more.");

    /// <summary>The others leave a legacy dom0 too little memory.</summary>
    public static readonly ProblemRule NoMemoryLeft =
        StopsDomain("memory-does-not-fit", "Give the machine more memory, or the other domains less.");

    /// <summary>A domain has more virtual CPUs than the machine has CPUs.</summary>
    public static readonly ProblemRule SharedProcessors = Notes("shared-processors", "Its virtual CPUs take turns.");

    /// <summary>A domain without a kernel.</summary>
    public static readonly ProblemRule NoKernel =
        StopsDomain("no-kernel", "Add a node that says which module is the domain's kernel.");

    /// <summary>A second module of one type in one domain.</summary>
    public static readonly ProblemRule DuplicateModule = Warns("duplicate-module", "The first is used; remove one of the nodes.");

    /// <summary>Microcode, which the hypervisor does not load into the processor.</summary>
    public static readonly ProblemRule MicrocodeNotLoaded =
        Notes("microcode-not-loaded", "It is kept; update the firmware to have its microcode loaded.");

    /// <summary>A module of a type that does not belong where it is.</summary>
    public static readonly ProblemRule MisplacedModule = Warns("misplaced-module", "It is ignored; move the node.");

    /// <summary>A module of a type that does not exist.</summary>
    public static readonly ProblemRule UnknownModuleType = StopsDomain("unknown-module-type", "Say what the module is.");

    /// <summary>A module that does not say where it is.</summary>
    public static readonly ProblemRule ModuleNotLocated = StopsDomain("module-not-located", "Say which module it is.");

    /// <summary>Module index 0, which is the Launch Control Module itself.</summary>
    public static readonly ProblemRule ModuleIndexZero =
        StopsDomain("module-index-zero", "Count the modules of the boot loader's entry from 0; the configuration is the first.");

    /// <summary>A module index beyond the last module.</summary>
    public static readonly ProblemRule ModuleIndexBeyondLast =
        StopsDomain("module-index-beyond-last", "Load the module in the boot loader's entry, or correct the index.");

    /// <summary>A located module that shares memory with another.</summary>
    public static readonly ProblemRule ModuleOverlap = StopsDomain("module-overlap", "Correct the address or the size.");

    /// <summary>A located module that does not lie in RAM.</summary>
    public static readonly ProblemRule ModuleOutsideRam = StopsDomain(
        "module-outside-ram",
        "Correct the address; the cells are read with the parent's #address-cells and #size-cells.");

    /// <summary>A module that may have one owner has two.</summary>
    public static readonly ProblemRule ModuleOwners =
        StopsDomain("module-owners", "Load the file a second time as a further module, or correct the index.");

    /// <summary>One module is used as two things.</summary>
    public static readonly ProblemRule ModuleTwoUses = Warns("module-two-uses", "Check the indexes.");

    /// <summary>A module that is used by nobody.</summary>
    public static readonly ProblemRule ModuleUnused =
        Notes("module-unused", "Remove it from the boot loader's entry, or say in the configuration what it is for.");

    /// <summary>A module without a byte.</summary>
    public static readonly ProblemRule ModuleEmpty = StopsDomain("module-empty", "Correct the size.");

    /// <summary>A legacy dom0 takes as its ramdisk the first module that nobody claims. The action says which.</summary>
    public static readonly ProblemRule RamdiskTaken = Notes("ramdisk-taken", "{} that nobody claims is its ramdisk.");

    /// <summary>The boot loader's string and <c>bootargs</c> both give a command line. The action repeats the first.</summary>
    public static readonly ProblemRule CommandLineTwice = Notes("command-line-twice", "The boot loader's string wins: {}.");

    /// <summary>A command line longer than the kernel accepts.</summary>
    public static readonly ProblemRule CommandLineTooLong =
        StopsDomain("command-line-too-long", "Shorten it; the kernel would cut it.");

    /// <summary>A kernel image that cannot be launched. The action is what the image's parser says.</summary>
    public static readonly ProblemRule KernelImage = StopsDomain("kernel-image", "{}");

    /// <summary>
    /// A kernel image, or its ramdisk, that needs more memory than its domain has. The action begins with what the builder
    /// says.
    /// </summary>
    public static readonly ProblemRule ImageDoesNotFit =
        StopsDomain("image-does-not-fit", "{} Give the domain more memory; the amount is in KiB.");

    /// <summary>A kernel that cannot be moved to where its domain has memory. The action is what the builder says.</summary>
    public static readonly ProblemRule KernelCannotMove = StopsDomain("image-does-not-fit", "{}");

    /// <summary>A time limit on a domain that is no boot domain.</summary>
    public static readonly ProblemRule TimeoutWithoutBoot =
        Warns("timeout-without-boot", "It is ignored; move the property to the boot domain, or remove it.");

    /// <summary>An option that does not exist.</summary>
    public static readonly ProblemRule UnknownOption =
        Warns("unknown-option", "It is ignored; remove it, or correct its spelling.");

    /// <summary>An option with a value that it cannot have.</summary>
    public static readonly ProblemRule OptionValue = Warns("option-value", "It is ignored; correct its value.");

    private static ProblemRule StopsLaunch(string name, string action) => new(name, ProblemSeverity.LaunchError, action);

    private static ProblemRule StopsDomain(string name, string action) => new(name, ProblemSeverity.DomainError, action);

    private static ProblemRule Warns(string name, string action) => new(name, ProblemSeverity.Warning, action);

    private static ProblemRule Notes(string name, string action) => new(name, ProblemSeverity.Note, action);
}
