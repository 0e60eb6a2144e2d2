using Hyperlaunch.Machine.X86;
using Xunit;

namespace Hyperlaunch.Tests.Machine.X86;

public sealed class ProcessorModelTests
{
    [Fact]
    public void An_Intel_model_has_its_extension_above_its_lower_half()
    {
        ProcessorModel model = new(Processors.Intel(0x9E, stepping: 9));

        Assert.True(model.IsIntel);
        Assert.False(model.IsAmd);
        Assert.False(model.IsVirtual);
        Assert.Equal((6, 0x9E, 9), (model.Family, model.Model, model.Stepping));
    }

    [Fact]
    public void An_AMD_family_is_the_sum_of_its_two_parts()
    {
        ProcessorModel model = new(Processors.Amd(0x19, Processors.Hypervisor));

        Assert.True(model.IsAmd);
        Assert.True(model.IsVirtual);
        Assert.Equal(0x19, model.Family);
    }
}
