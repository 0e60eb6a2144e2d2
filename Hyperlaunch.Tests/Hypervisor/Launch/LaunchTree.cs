using Hyperlaunch.Tests.Domains.Plan;

namespace Hyperlaunch.Tests.Hypervisor.Launch;

/// <summary>Trees of small domains for the fake machine; module 1 is the kernel of all, module 2 its ramdisk.</summary>
internal static class LaunchTree
{
    public const uint BootFunction = 1;
    public const uint RecoveryFunction = 2;
    public const uint ConsoleFunction = 4;
    public const uint ControlPermission = 1;
    public const uint HardwarePermission = 2;

    public static string Node(string name, int domid, uint permissions = 0, uint functions = 0, string more = "", int kernel = 1)
        => $$"""
            {{name}} {
                compatible = "xen,domain";
                domid = <{{domid}}>;
                permissions = <{{permissions}}>;
                functions = <{{functions}}>;
                memory = <0 0x2000>;
                cpus = <2>;
                {{more}}
                kernel { compatible = "module,kernel", "multiboot,module"; mb-index = <{{kernel}}>; bootargs = "planned"; };
            };
            """;

    /// <summary>Gives the machine the tree of these nodes as its first module, and a kernel as its second.</summary>
    public static void Load(LaunchMachine machine, params string[] nodes)
    {
        machine.Module(DeviceTreeCompiler.Compile(
            "/dts-v1/; / { chosen { hypervisor { compatible = \"hypervisor,xen\"; " + string.Concat(nodes) + " }; }; };"));
        machine.Module(FakeKernel.Make("small"));
    }
}
