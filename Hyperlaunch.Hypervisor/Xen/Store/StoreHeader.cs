using System;
using System.Buffers.Binary;

namespace Hyperlaunch.Hypervisor.Xen.Store;

/// <summary>What each message begins with (Xen public/io/xs_wire.h, xsd_sockmsg).</summary>
internal readonly struct StoreHeader
{
    /// <summary>Its bytes.</summary>
    public const int Size = 16;

    /// <summary>Makes one.</summary>
    public StoreHeader(StoreRequest type, uint request, uint transaction, uint length)
    {
        Type = type;
        Request = request;
        Transaction = transaction;
        Length = length;
    }

    /// <summary>Reads one.</summary>
    public StoreHeader(ReadOnlySpan<byte> bytes)
        : this(
            (StoreRequest)BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(4)),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(8)),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(12)))
    {
    }

    /// <summary>What is asked, or told.</summary>
    public StoreRequest Type { get; }

    /// <summary>The asker's number for it, which the answer repeats.</summary>
    public uint Request { get; }

    /// <summary>The transaction; 0 for none.</summary>
    public uint Transaction { get; }

    /// <summary>Bytes that follow.</summary>
    public uint Length { get; }

    /// <summary>Writes it.</summary>
    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, (uint)Type);
        BinaryPrimitives.WriteUInt32LittleEndian(target.Slice(4), Request);
        BinaryPrimitives.WriteUInt32LittleEndian(target.Slice(8), Transaction);
        BinaryPrimitives.WriteUInt32LittleEndian(target.Slice(12), Length);
    }
}
