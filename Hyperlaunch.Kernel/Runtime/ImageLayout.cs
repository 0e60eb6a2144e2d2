using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Hyperlaunch.Kernel.Runtime;

/// <summary>
/// Where the linker put the parts of the kernel's image: <c>image.S</c> holds the same fields in the same order.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe readonly struct ImageLayout
{
    /// <summary>Machine code: readable and executable.</summary>
    public readonly ulong TextStart;

    /// <summary>First byte after the machine code.</summary>
    public readonly ulong TextEnd;

    /// <summary>Constants: read-only.</summary>
    public readonly ulong RodataStart;

    /// <summary>First byte after the constants; writable data begins here.</summary>
    public readonly ulong RodataEnd;

    /// <summary>First byte after the image, zeroed data included.</summary>
    public readonly ulong ImageEnd;

    /// <summary>Code that ilc compiled from C#: every method in it has unwind information.</summary>
    public readonly ulong ManagedStart;

    /// <summary>First byte after the compiled code.</summary>
    public readonly ulong ManagedEnd;

    /// <summary>The linker's table from addresses to frame descriptions (Linux Standard Base 5.0, 10.6.2).</summary>
    public readonly byte* FrameTable;

    /// <summary>Array of module headers, one in this image.</summary>
    public readonly nint* ModulesStart;

    /// <summary>First byte after that array.</summary>
    public readonly nint* ModulesEnd;

    /// <summary>Functions of CoreLib by System.Runtime.ClassLibFunctionId.</summary>
    public readonly nint* ClasslibFunctions;

    /// <summary>Initial content of a processor's thread-local block.</summary>
    public readonly byte* TlsTemplate;

    /// <summary>First byte after that content; the rest of the block is zero.</summary>
    public readonly byte* TlsTemplateEnd;

    /// <summary>Where the block would end that begins with the content.</summary>
    public readonly byte* TlsEnd;

    /// <summary>The first region that objects are allocated from.</summary>
    public readonly ulong HeapStart;

    /// <summary>First byte after that region.</summary>
    public readonly ulong HeapEnd;

    /// <summary>The first processor's area.</summary>
    public readonly byte* BootCpuArea;

    /// <summary>Where a catch funclet returns to.</summary>
    public readonly ulong CatchFuncletReturn;

    /// <summary>Where a finally funclet returns to.</summary>
    public readonly ulong FinallyFuncletReturn;

    /// <summary>Assembly that pushes nothing and works for its caller: a fault in it is its caller's.</summary>
    public readonly ulong LeafStart;

    /// <summary>First byte after that assembly.</summary>
    public readonly ulong LeafEnd;

    /// <summary>Memory for the method lookups that interface calls remember.</summary>
    public readonly ulong DispatchPoolStart;

    /// <summary>First byte after that memory.</summary>
    public readonly ulong DispatchPoolEnd;

    /// <summary>Memory for the objects that CoreLib keeps for ever.</summary>
    public readonly ulong FrozenStart;

    /// <summary>First byte after that memory.</summary>
    public readonly ulong FrozenEnd;

    /// <summary>The names of the code, for panics: read-only, from a page's start to the image's end.</summary>
    public readonly byte* SymbolsStart;

    /// <summary>First byte after the names.</summary>
    public readonly byte* SymbolsEnd;

    /// <summary>Pages for the hypervisor's page tables.</summary>
    public readonly byte* PageTablesStart;

    /// <summary>First byte after those pages.</summary>
    public readonly byte* PageTablesEnd;

    /// <summary>Number of entries in <see cref="ClasslibFunctions"/>.</summary>
    public const int ClasslibFunctionCount = 12;

    /// <summary>The layout of the running image.</summary>
    public static ImageLayout* Current => GetImageLayout();

    /// <summary>Bytes of a thread-local block below its end, a multiple of 64.</summary>
    public ulong TlsSize => (ulong)(TlsEnd - TlsTemplate);

    /// <summary>Whether the address lies in code compiled from C#.</summary>
    public bool IsManaged(ulong address) => address >= ManagedStart && address < ManagedEnd;

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "GetImageLayout")]
    private static extern ImageLayout* GetImageLayout();
}
