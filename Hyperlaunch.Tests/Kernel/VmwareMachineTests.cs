using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Xunit;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>The description of a machine for VMware, as far as it can be tested where there is no VMware.</summary>
public partial class VmwareMachineTests
{
    private static readonly string File = Path.Combine(RepositoryFiles.Root, "build/vmware/hyperlaunch.vmx");

    [Fact]
    public void Its_disc_is_the_ISO_that_the_build_makes()
    {
        string disc = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(File)!, Settings["sata0:1.fileName"]));

        Assert.Equal(Path.Combine(RepositoryFiles.Root, "build/out/hyperlaunch.iso"), disc);
        string script = System.IO.File.ReadAllText(Path.Combine(RepositoryFiles.Root, "build/build.sh"));
        Assert.Contains("-o \"$out/hyperlaunch.iso\"", script, StringComparison.Ordinal);
        Assert.Equal("cdrom-image", Settings["sata0:1.deviceType"]);
    }

    [Fact]
    public void Its_processor_offers_virtualization_and_its_serial_port_is_a_file()
    {
        Assert.Equal("TRUE", Settings["vhv.enable"]);
        Assert.True(int.Parse(Settings["virtualHW.version"]) >= 19);
        Assert.Equal("file", Settings["serial0.fileType"]);
        Assert.Equal("bios", Settings["firmware"]);
    }

    // A line that is not of this form is passed over by VMware, and of two for one key one counts.
    private static Dictionary<string, string> Settings { get; } = System.IO.File.ReadLines(File)
        .Select(line => SettingLine().Match(line) is { Success: true } match ? match : throw new FormatException(line))
        .ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);

    [GeneratedRegex("""^([A-Za-z0-9.:]+) = "([^"]+)"$""")]
    private static partial Regex SettingLine();
}
