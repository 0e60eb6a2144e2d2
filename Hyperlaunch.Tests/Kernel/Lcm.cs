using System;
using System.IO;
using System.Security.Cryptography;
using System.Text;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>Launch Control Modules for the machine tests, compiled by dtc.</summary>
internal static class Lcm
{
    private const ulong KibibytesInMebibyte = 1024;

    /// <summary>
    /// One domain with every role that is not special, module 1 its kernel, and module 2 its ramdisk when it has one.
    /// </summary>
    public static BootFile OneDomain(int memoryMebibytes = 256, bool hasRamdisk = false, int kernelIndex = 1) =>
        Compile(Domain("dom0", 0, memoryMebibytes, kernelIndex, hasRamdisk
            ? kernelIndex + 1 : null, permissions: 3, functions: 0xC0000004));

    /// <summary>The text of one domain's node in the 2021 dialect.</summary>
    public static string Domain(
        string name, int domid, int memoryMebibytes, int kernelIndex, int? ramdiskIndex = null, uint permissions = 0,
            uint functions = 0,
        int virtualCpus = 1, string more = "")
    {
        ulong memory = (ulong)memoryMebibytes * KibibytesInMebibyte;
        string ramdisk = ramdiskIndex is int index
            ? $"ramdisk {{ compatible = \"module,ramdisk\", \"multiboot,module\"; mb-index = <{index}>; }};"
            : "";
        return $$"""
            {{name}} {
                compatible = "xen,domain";
                domid = <{{domid}}>;
                permissions = <{{permissions}}>;
                functions = <0x{{functions:x}}>;
                mode = <4>;
                cpus = <{{virtualCpus}}>;
                memory = <0x{{memory >> 32:x}} 0x{{memory & uint.MaxValue:x}}>;
                {{more}}
                kernel { compatible = "module,kernel", "multiboot,module"; mb-index = <{{kernelIndex}}>; };
                {{ramdisk}}
            };
            """;
    }

    /// <summary>The blob of a hypervisor node that holds these domain nodes.</summary>
    public static BootFile Compile(string domains) =>
        CompileTree($"/dts-v1/; / {{ chosen {{ hypervisor {{ compatible = \"hypervisor,xen\"; {domains} }}; }}; }};");

    /// <summary>The blob of a whole tree.</summary>
    public static BootFile CompileTree(string source)
    {
        byte[] text = Encoding.UTF8.GetBytes(source);
        string name = Convert.ToHexStringLower(SHA256.HashData(text).AsSpan(0, 8));
        string input = RepositoryFiles.Write($"{name}.dts", text);
        string blob = Path.ChangeExtension(input, ".dtb");
        RepositoryFiles.Run("dtc", "-q", "-I", "dts", "-O", "dtb", "-o", blob, input);
        return new BootFile(blob);
    }

    /// <summary>The bytes of a compiled tree, for a test to damage.</summary>
    public static byte[] Bytes(BootFile lcm) => File.ReadAllBytes(lcm.Path);
}
