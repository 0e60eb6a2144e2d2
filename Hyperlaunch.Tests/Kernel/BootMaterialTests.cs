using System;
using System.IO;
using System.IO.Compression;
using System.Security.Cryptography;
using Xunit;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>What a boot domain's Linux finds under <c>/hyperlaunch</c>.</summary>
[Collection(MachineCollection.Name)]
[Trait("Category", "Machine")]
public class BootMaterialTests
{
    private const uint BootFunction = 1;

    [Theory]
    [InlineData(false, "linux64")]
    [InlineData(true, "pvh")]
    public void A_boot_domain_reads_the_tree_the_modules_and_its_configuration(bool isElf, string mode)
    {
        // The ELF kernel has a packed ramdisk, of a length that no archive may begin at: what pads it must not stop the
        // unpacking.
        string kernel = isElf ? RepositoryFiles.LinuxElf : RepositoryFiles.LinuxImage;
        string ramdisk = isElf ? PackedRamdisk() : RepositoryFiles.Initrd;
        string configuration = RepositoryFiles.Write("boot-configuration", "an odd number of bytes\n"u8);
        BootFile lcm = Lcm.Compile($$"""
            boot {
                compatible = "xen,domain";
                functions = <{{BootFunction}}>;
                memory = <0x0 0x30000>;
                kernel { compatible = "module,kernel"; mb-index = <1>; };
                ramdisk { compatible = "module,ramdisk"; mb-index = <2>; };
                config { compatible = "module,config"; mb-index = <3>; };
            };
            """);
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            Modules =
            [
                lcm,
                new(kernel, "console=ttyS0 quiet hl.script=cd+/hyperlaunch;sha256sum+*;cat+modules;echo+END"),
                new(ramdisk),
                new(configuration, "the configuration"),
            ],
        });

        Assert.Equal(mode, machine.WaitForEvent("domain-created")["mode"]);
        machine.WaitForText(" END");
        machine.Check(machine.Log.Contains($" {Digest(lcm.Path)}  lcm.dtb", StringComparison.Ordinal), "lcm.dtb is another.");
        machine.Check(machine.Log.Contains($" {Digest(configuration)}  config", StringComparison.Ordinal), "config is another.");
        for (int index = 0; index < 4; index++)
        {
            ConsoleEvent module = machine.WaitForEvent("module", ("index", $"{index}"));
            string line = $" {index} {module["kind"]} {module["address"]} {module["size"]} {module["string"]}".TrimEnd();
            machine.Check(machine.Log.Contains($"{line}\r\n", StringComparison.Ordinal), $"modules lacks the line{line}.");
        }
    }

    [Fact]
    public void Another_domain_finds_nothing()
    {
        using EmulatedMachine machine = EmulatedMachine.Start(new MachineOptions
        {
            Modules =
            [
                Lcm.OneDomain(hasRamdisk: true),
                new(RepositoryFiles.LinuxImage, "console=ttyS0 quiet hl.script=ls+-d+/hyperlaunch||echo+ABSENT hl.run=poweroff"),
                new(RepositoryFiles.Initrd),
            ],
        });

        machine.WaitForText("ABSENT");
        machine.WaitForPowerOff();
    }

    private static string PackedRamdisk()
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(File.ReadAllBytes(RepositoryFiles.Initrd));
        }

        // An odd length, whatever the packer makes of the content today.
        packed.SetLength(packed.Length + (packed.Length % 2 == 0 ? 1 : 0));
        return RepositoryFiles.Write("initrd.gz", packed.ToArray());
    }

    private static string Digest(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
}
