using System;
using System.Security.Cryptography;
using Hyperlaunch.Machine.Digests;
using Xunit;

namespace Hyperlaunch.Tests.Machine.Digests;

public sealed class Sha256Tests
{
    [Fact]
    public void Equals_another_implementation_at_every_length_around_the_block_borders()
    {
        byte[] bytes = new byte[300];
        new Random(1).NextBytes(bytes);
        byte[] digest = new byte[Sha256.DigestSize];
        for (int length = 0; length <= bytes.Length; length++)
        {
            Sha256.Hash(bytes.AsSpan(0, length), digest);
            Assert.Equal(SHA256.HashData(bytes.AsSpan(0, length)), digest);
        }
    }

    [Fact]
    public void Gives_the_digest_of_the_standards_example()
    {
        byte[] digest = new byte[Sha256.DigestSize];
        Sha256.Hash("abc"u8, digest);
        Assert.Equal("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD", Convert.ToHexString(digest));
    }
}
