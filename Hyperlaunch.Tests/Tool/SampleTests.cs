using System;
using System.IO;
using System.Linq;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Tests.Domains.Plan;
using Hyperlaunch.Tests.Kernel;
using Hyperlaunch.Tool.Configuration;
using Hyperlaunch.Tool.Writing;
using Xunit;

namespace Hyperlaunch.Tests.Tool;

/// <summary>The configurations in build/samples: each is what it says, and launches on a machine of 2 GiB.</summary>
public sealed class SampleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Named => new(NamedConfiguration.All.Select(named => named.Name));

    public static TheoryData<string> Menus
        => new(Directory.GetFiles(
            Path.Combine(RepositoryFiles.Root, "build", "samples"), "*.cfg").Select(path => Path.GetFileName(path)!).Order());

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Menus))]
    public void A_sample_launches_every_domain_and_has_no_error(string menu)
    {
        LaunchConfiguration configuration = Read(menu);

        Assert.DoesNotContain(configuration.Findings, finding => finding.IsError || finding.Rule == Finding.MissingFileRule);
        Assert.Equal(configuration.Plan.Domains.Length, configuration.Plan.CreationOrder.Length);
        Assert.True(configuration.Plan.Memory.Fits);
    }

    [Theory]
    [MemberData(nameof(Named))]
    public void Each_of_the_ten_has_a_sample_that_is_it(string name)
    {
        Starter starter = Start(name);

        LaunchConfiguration configuration = Read(starter.FileName + ".cfg");

        Assert.Equal(name, NamedConfiguration.Closest(configuration.Plan.Domains, out int distance).Name);
        Assert.Equal(0, distance);
        Assert.Empty(configuration.Findings);
    }

    [Theory]
    [MemberData(nameof(Named))]
    public void Each_of_the_ten_is_what_the_command_makes(string name)
    {
        Starter starter = Start(name);

        Assert.Equal(File.ReadAllText(
            Path.Combine(RepositoryFiles.Root, "build", "samples", starter.FileName + ".dts")), starter.Tree());
        Assert.Equal(File.ReadAllText(
            Path.Combine(RepositoryFiles.Root, "build", "samples", starter.FileName + ".cfg")), starter.Menu());
    }

    [Fact]
    public void Every_tree_among_the_samples_has_a_menu_entry_or_is_the_benchmarks()
        => Assert.Equal(
            ["dom0-512"],
            Directory.GetFiles(Path.Combine(RepositoryFiles.Root, "build", "samples"), "*.dts")
                .Where(path => !File.Exists(Path.ChangeExtension(path, ".cfg")))
                .Select(path => Path.GetFileNameWithoutExtension(path)));

    [Fact]
    public void A_configuration_that_is_none_of_the_ten_is_told_by_its_distance()
    {
        LaunchConfiguration configuration = LaunchConfiguration.Read(
            Path.Combine(RepositoryFiles.Root, "Hyperlaunch.Tests", "Domains", "Plan", "Vectors", "roles-two-control.dts"),
                new TargetMachine());

        NamedConfiguration.Closest(configuration.Plan.Domains, out int distance);

        Assert.True(distance > 0);
    }

    private static Starter Start(string name)
    {
        NamedConfiguration named = NamedConfiguration.All.First(candidate => candidate.Name == name);
        return new Starter(named)
        {
            Kernel = "vmlinuz",
            Ramdisk = "initrd",
            MemoryKib = 192 << 10,
            Others = Math.Min(2, named.MostOthers),
            CommandLine = "console=ttyS0 quiet",
        };
    }

    /// <summary>Reads a sample's entry beside files that look like its modules.</summary>
    private LaunchConfiguration Read(string menu)
    {
        _folder.Write("vmlinuz", FakeKernel.Make("bzimage"));
        _folder.Write("initrd", new byte[8192]);
        _folder.Write("initrd-domains", new byte[8192]);
        string tree = Path.ChangeExtension(menu, ".dts");
        _folder.Write(tree, File.ReadAllText(Path.Combine(RepositoryFiles.Root, "build", "samples", tree)));
        string file = _folder.Write(menu, File.ReadAllText(Path.Combine(RepositoryFiles.Root, "build", "samples", menu)));
        return LaunchConfiguration.Read(file, new TargetMachine { Memory = 2ul << 30 });
    }
}
