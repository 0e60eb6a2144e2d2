using System;
using Hyperlaunch.Dtb;
using Xunit;

namespace Hyperlaunch.Tests.Dtb.Checking;

/// <summary>What must hold for any bytes whatever.</summary>
internal static class Verdict
{
    /// <summary>Opens, checks and reads bytes in every way; fails where the answers contradict one another.</summary>
    public static DtbErrorKind Of(ReadOnlySpan<byte> bytes)
    {
        Span<DtbError> findings = stackalloc DtbError[8];
        int count = DtbChecker.Check(bytes, findings);
        bool strictly = DeviceTree.TryOpen(bytes, out DeviceTree tree, out DtbError error);
        bool leniently = DeviceTree.TryOpen(bytes, DtbStrictness.Lenient, out DeviceTree lenientTree, out DtbError lenientError);

        Assert.Equal(count == 0, strictly);
        Assert.Equal(error.Kind == DtbErrorKind.None, strictly);
        Assert.Equal(lenientError.Kind == DtbErrorKind.None, leniently);
        if (count > 0)
        {
            Assert.Equal(findings[0].Kind, error.Kind);
            Assert.Equal(findings[0].Offset, error.Offset);
        }

        if (count is > 0 and <= 8)
        {
            Assert.Equal(findings[count - 1].Severity == DtbSeverity.Defect, leniently);
        }

        if (leniently)
        {
            ulong sum = Everything.Read(lenientTree);
            if (strictly)
            {
                Assert.Equal(sum, Everything.Read(tree));
            }
        }
        else
        {
            Assert.Equal(DtbSeverity.Unreadable, lenientError.Severity);
            Assert.False(strictly);
        }

        return error.Kind;
    }
}
