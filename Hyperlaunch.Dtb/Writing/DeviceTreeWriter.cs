using System;
using System.Buffers.Binary;

namespace Hyperlaunch.Dtb;

/// <summary>
/// Writes a flattened device tree of version 17, in the order of the calls: reservations, then the root node, in each
/// node its properties, then its children. It refuses what <see cref="DtbChecker"/> would find fault with: the first
/// refusal is kept in <see cref="Error"/>, calls after it do nothing, and no blob comes of it. The same calls make the
/// same bytes.
/// </summary>
/// <remarks>
/// Structure and strings grow towards each other in one buffer. The strings lie backwards from its end, so that a
/// name's distance from the end stays what it is while the buffer grows; <see cref="TryFinish"/> turns the distances
/// into offsets.
/// </remarks>
public ref struct DeviceTreeWriter
{
    private const int SmallestBuffer = 256;

    private readonly bool grows;
    private Span<byte> buffer;
    private int front;
    private int structureStart;
    private int stringsSize;
    private int depth;
    private bool hasRoot;
    private bool afterChild;

    /// <summary>Makes a writer that fills a buffer of the caller's, and allocates nothing.</summary>
    /// <param name="buffer">Receives the blob, from its start.</param>
    public DeviceTreeWriter(Span<byte> buffer)
        : this(buffer, false)
    {
    }

    private DeviceTreeWriter(Span<byte> buffer, bool grows)
    {
        this.buffer = buffer;
        this.grows = grows;
        front = FlattenedFormat.HeaderSizeVersion17;
        structureStart = 0;
        stringsSize = 0;
        depth = 0;
        hasRoot = false;
        afterChild = false;
        Error = default;
        BootCpuId = 0;
        if (buffer.Length < FlattenedFormat.HeaderSizeVersion17)
        {
            Refuse(DtbErrorKind.BufferTooSmall);
        }
    }

    /// <summary>The first refusal; its kind is <see cref="DtbErrorKind.None"/> while there is none.</summary>
    public DtbError Error { get; private set; }

    /// <summary>The physical id of the CPU that boots (5.2, <c>boot_cpuid_phys</c>).</summary>
    public uint BootCpuId { get; set; }

    /// <summary>Makes a writer that allocates a buffer and larger ones as it needs them.</summary>
    /// <param name="capacity">The size to begin with, in bytes.</param>
    /// <returns>The writer.</returns>
    public static DeviceTreeWriter Growing(int capacity = SmallestBuffer) =>
        new(new byte[Math.Max(capacity, SmallestBuffer)], true);

    /// <summary>Reserves memory (5.3). Reservations come before the root node.</summary>
    /// <param name="address">Physical address, in bytes.</param>
    /// <param name="size">Size in bytes; not 0, which is what ends the block.</param>
    public void AddReservation(ulong address, ulong size)
    {
        if (hasRoot)
        {
            Refuse(DtbErrorKind.ReservationAfterRoot);
        }
        else if (size == 0)
        {
            Refuse(DtbErrorKind.EmptyReservation);
        }
        else
        {
            WriteReservation(address, size);
        }
    }

    /// <summary>Begins a node: the root, or a child of the open node.</summary>
    /// <param name="name">
    /// The whole name, with the unit address if there is one (2.2.1); empty for the root and only there.
    /// </param>
    public void BeginNode(scoped ReadOnlySpan<byte> name)
    {
        DtbErrorKind error =
            depth == DeviceTree.MaxDepth ? DtbErrorKind.TooDeep
            : depth > 0 ? NameRules.CheckNodeName(name)
            : hasRoot ? DtbErrorKind.SecondRoot
            : name.IsEmpty ? DtbErrorKind.None
            : DtbErrorKind.NamedRoot;
        if (error != DtbErrorKind.None)
        {
            Refuse(error);
            return;
        }

        if (!hasRoot)
        {
            WriteReservation(0, 0);
            structureStart = front;
            hasRoot = true;
        }

        if (Reserve((ulong)FlattenedFormat.TokenSize + FlattenedFormat.TokenAlignment + (uint)name.Length, 0))
        {
            WriteU32(FlattenedFormat.BeginNode);
            WriteAligned(name, name.Length + 1);
            depth++;
            afterChild = false;
        }
    }

    /// <summary>Ends the open node.</summary>
    public void EndNode()
    {
        if (depth == 0)
        {
            Refuse(DtbErrorKind.ExtraEndNode);
        }
        else if (Reserve(FlattenedFormat.TokenSize, 0))
        {
            WriteU32(FlattenedFormat.EndNode);
            depth--;
            afterChild = true;
        }
    }

    /// <summary>Adds a property without a value to the open node (2.2.4, <c>empty</c>).</summary>
    /// <param name="name">The whole name.</param>
    public void AddProperty(scoped ReadOnlySpan<byte> name) => AddProperty(name, default);

    /// <summary>Adds a property to the open node, before its children (2.2.4, <c>prop-encoded-array</c>).</summary>
    /// <param name="name">The whole name.</param>
    /// <param name="value">The value as it is.</param>
    public void AddProperty(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value)
    {
        Span<byte> destination = BeginProperty(name, value.Length);
        if (!destination.IsEmpty)
        {
            value.CopyTo(destination);
        }
    }

    /// <summary>Adds a property of one 32-bit number (2.2.4, <c>u32</c>).</summary>
    /// <param name="name">The whole name.</param>
    /// <param name="value">The number.</param>
    public void AddU32(scoped ReadOnlySpan<byte> name, uint value)
    {
        Span<byte> destination = BeginProperty(name, sizeof(uint));
        if (!destination.IsEmpty)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, value);
        }
    }

    /// <summary>Adds a property of one 64-bit number (2.2.4, <c>u64</c>).</summary>
    /// <param name="name">The whole name.</param>
    /// <param name="value">The number.</param>
    public void AddU64(scoped ReadOnlySpan<byte> name, ulong value)
    {
        Span<byte> destination = BeginProperty(name, sizeof(ulong));
        if (!destination.IsEmpty)
        {
            BinaryPrimitives.WriteUInt64BigEndian(destination, value);
        }
    }

    /// <summary>Adds a property of 32-bit numbers, such as <c>reg</c>.</summary>
    /// <param name="name">The whole name.</param>
    /// <param name="values">The numbers.</param>
    public void AddCells(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<uint> values)
    {
        // A length that does not fit is refused as any other value that is too long.
        int length = values.Length <= int.MaxValue / sizeof(uint) ? values.Length * sizeof(uint) : int.MaxValue;
        Span<byte> destination = BeginProperty(name, length);
        for (int i = 0; i < values.Length && !destination.IsEmpty; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination.Slice(i * sizeof(uint)), values[i]);
        }
    }

    /// <summary>Adds a property of one string (2.2.4, <c>string</c>).</summary>
    /// <param name="name">The whole name.</param>
    /// <param name="text">The string without a NUL at its end. NULs within part it into several (<c>stringlist</c>):
    /// <c>"acme,board\0virt,board"u8</c>.</param>
    public void AddString(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> text)
    {
        Span<byte> destination = BeginProperty(name, text.Length < int.MaxValue ? text.Length + 1 : text.Length);
        if (!destination.IsEmpty)
        {
            text.CopyTo(destination);
            destination[text.Length] = 0;
        }
    }

    /// <summary>Adds a node of an open tree, as a child of the open node or as the root, with all that is below it.</summary>
    /// <param name="node">The node; of a tree that was opened leniently it may be refused.</param>
    public void AddNode(scoped in DeviceTreeNode node)
    {
        int top = node.Depth;
        BeginNode(node.Name);
        AddProperties(node);
        int open = top;
        foreach (DeviceTreeNode below in node.Descendants)
        {
            for (; open >= below.Depth; open--)
            {
                EndNode();
            }

            BeginNode(below.Name);
            AddProperties(below);
            open = below.Depth;
        }

        for (; open >= top; open--)
        {
            EndNode();
        }
    }

    /// <summary>Adds all of an open tree: its reservations, its boot CPU and its nodes.</summary>
    /// <param name="tree">The tree.</param>
    public void AddTree(scoped in DeviceTree tree)
    {
        foreach (Reservation reservation in tree.Reservations)
        {
            AddReservation(reservation.Address, reservation.Size);
        }

        BootCpuId = tree.BootCpuId;
        AddNode(tree.Root);
    }

    /// <summary>Ends the blob and checks it as a whole: this is where what takes the whole to see is refused, such as two
    /// children of one name or two nodes of one phandle. The writer is spent after it.</summary>
    /// <param name="blob">The blob, in the caller's buffer or in one of the writer's, where this returns true.</param>
    /// <param name="error">The first refusal, where this returns false.</param>
    /// <returns>Whether there is a blob.</returns>
    public bool TryFinish(out ReadOnlySpan<byte> blob, out DtbError error)
    {
        blob = default;
        if (depth > 0)
        {
            Refuse(DtbErrorKind.MissingEndNode);
        }
        else if (!hasRoot)
        {
            Refuse(DtbErrorKind.NoRoot);
        }

        if (Reserve(FlattenedFormat.TokenSize, 0))
        {
            WriteU32(FlattenedFormat.End);
            ReadOnlySpan<byte> finished = Assemble();
            Findings findings = Findings.OnlyFirst(DtbStrictness.Strict);
            if (DtbChecker.Run(finished, ref findings, out _))
            {
                blob = finished;
            }
            else
            {
                Error = findings.First;
            }

            depth = 0;
        }

        error = Error;
        return error.Kind == DtbErrorKind.None;
    }

    private void AddProperties(scoped in DeviceTreeNode node)
    {
        foreach (DeviceTreeProperty property in node.Properties)
        {
            AddProperty(property.Name, property.Value);
        }
    }

    /// <summary>Writes a property but for its value. Returns where the value goes, which is empty where there is none.</summary>
    private Span<byte> BeginProperty(scoped ReadOnlySpan<byte> name, int length)
    {
        DtbErrorKind error =
            depth == 0 ? DtbErrorKind.PropertyOutsideRoot
            : afterChild ? DtbErrorKind.PropertyAfterChild
            : NameRules.CheckPropertyName(name);
        if (error != DtbErrorKind.None)
        {
            Refuse(error);
            return default;
        }

        // Room for the name too, whether or not it is there already.
        if (!Reserve((ulong)FlattenedFormat.PropertyHeaderSize + FlattenedFormat.TokenAlignment
            + (uint)length, (ulong)name.Length + 1))
        {
            return default;
        }

        WriteU32(FlattenedFormat.Property);
        WriteU32((uint)length);
        WriteU32((uint)FindOrAddString(name));
        Span<byte> value = buffer.Slice(front, length);
        WriteAligned(default, length);
        return value;
    }

    /// <summary>The distance of a name from the end of the strings.</summary>
    private int FindOrAddString(scoped ReadOnlySpan<byte> name)
    {
        Span<byte> strings = buffer.Slice(buffer.Length - stringsSize);
        int start = 0;
        for (int found = strings.IndexOf(name); found >= 0; found = strings.Slice(start).IndexOf(name))
        {
            start += found;
            if (strings[start + name.Length] == 0)
            {
                return stringsSize - start;
            }

            start++;
        }

        stringsSize += name.Length + 1;
        Span<byte> added = buffer.Slice(buffer.Length - stringsSize);
        name.CopyTo(added);
        added[name.Length] = 0;
        return stringsSize;
    }

    /// <summary>Moves the strings to the structure, turns distances into offsets, and writes the header.</summary>
    private readonly ReadOnlySpan<byte> Assemble()
    {
        int structureSize = front - structureStart;
        Span<byte> structure = buffer.Slice(structureStart, structureSize);
        int at = 0;
        for (uint token = FlattenedFormat.ReadU32(structure, at); token != FlattenedFormat.End;
            token = FlattenedFormat.ReadU32(structure, at))
        {
            if (token == FlattenedFormat.Property)
            {
                Span<byte> name = structure.Slice(at + FlattenedFormat.PropertyNameField);
                BinaryPrimitives.WriteUInt32BigEndian(name, (uint)stringsSize - FlattenedFormat.ReadU32(name, 0));
                int length = (int)FlattenedFormat.ReadU32(structure, at + FlattenedFormat.PropertyLengthField);
                at = FlattenedFormat.AlignToken(at + FlattenedFormat.PropertyHeaderSize + length);
            }
            else if (token == FlattenedFormat.BeginNode)
            {
                int name = at + FlattenedFormat.TokenSize;
                at = FlattenedFormat.AlignToken(name + structure.Slice(name).IndexOf((byte)0) + 1);
            }
            else
            {
                at += FlattenedFormat.TokenSize;
            }
        }

        buffer.Slice(buffer.Length - stringsSize).CopyTo(buffer.Slice(front));
        int total = front + stringsSize;
        WriteField(FlattenedFormat.MagicField, FlattenedFormat.Magic);
        WriteField(FlattenedFormat.TotalSizeField, (uint)total);
        WriteField(FlattenedFormat.StructureOffsetField, (uint)structureStart);
        WriteField(FlattenedFormat.StringsOffsetField, (uint)front);
        WriteField(FlattenedFormat.ReservationsOffsetField, FlattenedFormat.HeaderSizeVersion17);
        WriteField(FlattenedFormat.VersionField, FlattenedFormat.CurrentVersion);
        WriteField(FlattenedFormat.LastCompatibleVersionField, FlattenedFormat.OldestVersion);
        WriteField(FlattenedFormat.BootCpuField, BootCpuId);
        WriteField(FlattenedFormat.StringsSizeField, (uint)stringsSize);
        WriteField(FlattenedFormat.StructureSizeField, (uint)structureSize);
        return buffer.Slice(0, total);
    }

    private readonly void WriteField(int field, uint value) => BinaryPrimitives.WriteUInt32BigEndian(buffer.Slice(field), value);

    private void WriteReservation(ulong address, ulong size)
    {
        if (Reserve(FlattenedFormat.ReservationSize, 0))
        {
            BinaryPrimitives.WriteUInt64BigEndian(buffer.Slice(front), address);
            BinaryPrimitives.WriteUInt64BigEndian(buffer.Slice(front + sizeof(ulong)), size);
            front += FlattenedFormat.ReservationSize;
        }
    }

    private void WriteU32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(buffer.Slice(front), value);
        front += sizeof(uint);
    }

    /// <summary>Writes bytes, and zeros after them up to a length and on to the next token.</summary>
    private void WriteAligned(scoped ReadOnlySpan<byte> bytes, int length)
    {
        int padded = FlattenedFormat.AlignToken(length);
        Span<byte> destination = buffer.Slice(front, padded);
        bytes.CopyTo(destination);
        destination.Slice(bytes.Length).Clear();
        front += padded;
    }

    private void Refuse(DtbErrorKind kind)
    {
        if (Error.Kind == DtbErrorKind.None)
        {
            Error = new DtbError(kind, front);
        }
    }

    /// <summary>
    /// Makes sure of room for so many bytes in front and of strings. Returns whether to go on: false after a refusal.
    /// </summary>
    private bool Reserve(ulong bytes, ulong stringBytes)
    {
        if (Error.Kind != DtbErrorKind.None)
        {
            return false;
        }

        // Sums of at most four lengths below 2^31 do not wrap.
        ulong needed = (ulong)front + (ulong)stringsSize + bytes + stringBytes;
        if (needed > (ulong)buffer.Length && !TryGrow(needed))
        {
            Refuse(DtbErrorKind.BufferTooSmall);
            return false;
        }

        return true;
    }

    private bool TryGrow(ulong needed)
    {
        if (!grows || needed > LayoutCheck.LargestTotalSize)
        {
            return false;
        }

        ulong size = Math.Min(Math.Max(needed, (ulong)buffer.Length * 2), LayoutCheck.LargestTotalSize);
        Span<byte> larger = new byte[(int)size];
        buffer.Slice(0, front).CopyTo(larger);
        buffer.Slice(buffer.Length - stringsSize).CopyTo(larger.Slice(larger.Length - stringsSize));
        buffer = larger;
        return true;
    }
}
