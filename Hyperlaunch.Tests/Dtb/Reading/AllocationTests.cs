using System;
using Hyperlaunch.Dtb;
using Xunit;

namespace Hyperlaunch.Tests.Dtb.Reading;

public class AllocationTests
{
    [Fact]
    public void Opening_and_reading_everything_allocates_nothing()
    {
        byte[] blob = CanonicalTree.Build();
        ulong expected = OpenAndRead(blob);

        long before = GC.GetAllocatedBytesForCurrentThread();
        ulong sum = OpenAndRead(blob);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(expected, sum);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Refusing_and_reporting_allocates_nothing()
    {
        byte[] blob = new BlobBuilder().Begin("").Property("a").Property("a").End().Build();
        Span<DtbError> findings = stackalloc DtbError[4];
        DtbChecker.Check(blob, findings);

        long before = GC.GetAllocatedBytesForCurrentThread();
        int count = DtbChecker.Check(blob, findings);
        string sentence = findings[0].Sentence;
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(1, count);
        Assert.NotEmpty(sentence);
        Assert.Equal(0, allocated);
    }

    private static ulong OpenAndRead(byte[] blob) =>
        DeviceTree.TryOpen(blob, out DeviceTree tree, out _) ? Everything.Read(tree) : throw new InvalidOperationException();
}
