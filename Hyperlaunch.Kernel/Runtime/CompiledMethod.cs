namespace Hyperlaunch.Kernel.Runtime;

/// <summary>
/// What ilc says about a compiled method or one of its funclets, in <c>.dotnet_eh_table</c>: a flag byte, for a funclet the way
/// to its method's description and how far behind the method it starts, then optional references of 32 bits relative to
/// themselves.
/// </summary>
internal unsafe struct CompiledMethod
{
    private const byte KindMask = 0x03;
    private const byte KindMethod = 0;
    private const byte KindFilter = 2;
    private const byte HasClauses = 0x04;
    private const byte ReversePInvoke = 0x08;
    private const byte HasAssociatedData = 0x10;

    /// <summary>Where the method begins, even for a funclet.</summary>
    public ulong MethodStart;

    /// <summary>Whether the address belongs to a handler or filter and not to the method's body.</summary>
    public bool IsFunclet;

    /// <summary>Whether it belongs to a filter.</summary>
    public bool IsFilter;

    /// <summary>Whether native code calls the method: nothing managed is above it.</summary>
    public bool IsEntryFromNative;

    /// <summary>The method's try clauses, or null.</summary>
    public byte* Clauses;

    /// <summary>Reads the description of the code that a frame description covers.</summary>
    public static CompiledMethod Read(in FrameDescription code)
    {
        CompiledMethod method = default;
        method.MethodStart = code.Start;
        byte* info = code.MethodInfo;
        byte kind = (byte)(*info & KindMask);
        if (kind != KindMethod)
        {
            byte* cursor = info + 1;
            if ((*info & HasAssociatedData) != 0)
            {
                cursor += sizeof(int);
            }

            method.IsFunclet = true;
            method.IsFilter = kind == KindFilter;
            info = cursor + *(int*)cursor;
            method.MethodStart -= *(uint*)(cursor + sizeof(int));
        }

        byte flags = *info++;
        method.IsEntryFromNative = (flags & ReversePInvoke) != 0;
        if ((flags & HasAssociatedData) != 0)
        {
            info += sizeof(int);
        }

        if ((flags & HasClauses) != 0)
        {
            method.Clauses = info + *(int*)info;
        }

        return method;
    }
}
