using System.Collections.Generic;
using Xunit;

namespace Hyperlaunch.Tests.Kernel;

public class ConsoleEventTests
{
    [Fact]
    public void Reads_time_name_and_values_in_their_order()
    {
        ConsoleEvent? found = ConsoleEvent.Parse("(HV) @0.4 boot protocol=multiboot2 loader=\"GRUB 2.06\" cpus=1\r");

        Assert.NotNull(found);
        Assert.Equal(0.4, found.Milliseconds);
        Assert.Equal("boot", found.Name);
        Assert.Equal(["protocol", "loader", "cpus"], found.Keys);
        Assert.Equal("GRUB 2.06", found["loader"]);
        Assert.Equal("1", found["cpus"]);
        Assert.Null(found["memory-mib"]);
    }

    [Fact]
    public void Reads_the_first_event_behind_the_boot_loaders_carriage_return() =>
        Assert.Equal("boot", ConsoleEvent.Parse("\r(HV) @0.4 boot\r")?.Name);

    [Theory]
    [InlineData("(HV) a plain sentence")]
    [InlineData("(d0) (HV) @0.4 boot cpus=1")]
    [InlineData("(HV) @4 boot cpus=1")]
    [InlineData("(HV) @0.4 boot cpus=\"1")]
    [InlineData("(HV) @0.4 boot cpus = 1")]
    [InlineData("")]
    public void Leaves_other_lines_alone(string line) => Assert.Null(ConsoleEvent.Parse(line));

    [Fact]
    public void Finds_the_events_of_a_log()
    {
        List<ConsoleEvent> events = ConsoleEvent.ParseAll("noise\r\n(HV) @1.0 a\r\n(d0) text\r\n(HV) @2.5 b x=\"\"\r\n(HV) @3");

        Assert.Equal(["a", "b"], events.ConvertAll(e => e.Name));
        Assert.Equal("", events[1]["x"]);
    }
}
