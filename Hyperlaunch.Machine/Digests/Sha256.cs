using System;
using System.Buffers.Binary;

namespace Hyperlaunch.Machine.Digests;

/// <summary>SHA-256 (FIPS 180-4, section 6.2) of bytes that lie in one piece.</summary>
public static class Sha256
{
    /// <summary>The length of a digest in bytes.</summary>
    public const int DigestSize = 32;

    private const int BlockSize = 64;

    // Section 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    private static ReadOnlySpan<uint> RoundConstants => new uint[]
    {
        0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5,
        0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174,
        0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA,
        0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967,
        0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85,
        0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070,
        0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3,
        0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2,
    };

    /// <summary>Hashes <paramref name="source"/> into the first 32 bytes of <paramref name="digest"/>.</summary>
    public static void Hash(ReadOnlySpan<byte> source, Span<byte> digest)
    {
        // Section 5.3.3: the initial hash value.
        Span<uint> state = stackalloc uint[8];
        state[0] = 0x6A09E667;
        state[1] = 0xBB67AE85;
        state[2] = 0x3C6EF372;
        state[3] = 0xA54FF53A;
        state[4] = 0x510E527F;
        state[5] = 0x9B05688C;
        state[6] = 0x1F83D9AB;
        state[7] = 0x5BE0CD19;
        Span<uint> schedule = stackalloc uint[64];
        ulong bits = (ulong)source.Length << 3;
        while (source.Length >= BlockSize)
        {
            AddBlock(state, schedule, source.Slice(0, BlockSize));
            source = source.Slice(BlockSize);
        }

        // Section 5.1.1: a one bit, zeros, and the length in bits fill one block or two.
        Span<byte> tail = stackalloc byte[2 * BlockSize];
        tail.Clear();
        source.CopyTo(tail);
        tail[source.Length] = 0x80;
        int end = source.Length + 1 + 8 <= BlockSize ? BlockSize : 2 * BlockSize;
        BinaryPrimitives.WriteUInt64BigEndian(tail.Slice(end - 8), bits);
        AddBlock(state, schedule, tail.Slice(0, BlockSize));
        if (end > BlockSize)
        {
            AddBlock(state, schedule, tail.Slice(BlockSize, BlockSize));
        }

        for (int i = 0; i < state.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(digest.Slice(i * 4), state[i]);
        }
    }

    // Section 6.2.2, with the functions of section 4.1.2.
    private static void AddBlock(Span<uint> state, Span<uint> schedule, ReadOnlySpan<byte> block)
    {
        for (int i = 0; i < 16; i++)
        {
            schedule[i] = BinaryPrimitives.ReadUInt32BigEndian(block.Slice(i * 4));
        }

        for (int i = 16; i < 64; i++)
        {
            uint near = schedule[i - 2];
            uint far = schedule[i - 15];
            uint nearSigma = Rotate(near, 17) ^ Rotate(near, 19) ^ (near >> 10);
            uint farSigma = Rotate(far, 7) ^ Rotate(far, 18) ^ (far >> 3);
            schedule[i] = nearSigma + schedule[i - 7] + farSigma + schedule[i - 16];
        }

        uint a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
        ReadOnlySpan<uint> constants = RoundConstants;
        for (int i = 0; i < 64; i++)
        {
            uint choice = (e & f) ^ (~e & g);
            uint majority = (a & b) ^ (a & c) ^ (b & c);
            uint first = h + (Rotate(e, 6) ^ Rotate(e, 11) ^ Rotate(e, 25)) + choice + constants[i] + schedule[i];
            uint second = (Rotate(a, 2) ^ Rotate(a, 13) ^ Rotate(a, 22)) + majority;
            (h, g, f, e, d, c, b, a) = (g, f, e, d + first, c, b, a, first + second);
        }

        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
        state[5] += f;
        state[6] += g;
        state[7] += h;
    }

    private static uint Rotate(uint value, int count) => (value >> count) | (value << (32 - count));
}
