using System.Runtime.InteropServices;

namespace Hyperlaunch.Benchmarks.Dtb;

/// <summary>
/// Debian's libfdt1. The short calls are made without the switch of the garbage collector's mode, so that what is measured
/// is the library and not the way there.
/// </summary>
internal static unsafe partial class Libfdt
{
    private const string Library = "libfdt.so.1";

    [LibraryImport(Library, EntryPoint = "fdt_check_full")]
    public static partial int CheckFull(byte* tree, nuint size);

    [LibraryImport(Library, EntryPoint = "fdt_next_node")]
    [SuppressGCTransition]
    public static partial int NextNode(byte* tree, int offset, int* depth);

    [LibraryImport(Library, EntryPoint = "fdt_get_name")]
    [SuppressGCTransition]
    public static partial byte* GetName(byte* tree, int node, int* length);

    [LibraryImport(Library, EntryPoint = "fdt_first_property_offset")]
    [SuppressGCTransition]
    public static partial int FirstProperty(byte* tree, int node);

    [LibraryImport(Library, EntryPoint = "fdt_next_property_offset")]
    [SuppressGCTransition]
    public static partial int NextProperty(byte* tree, int property);

    [LibraryImport(Library, EntryPoint = "fdt_getprop_by_offset")]
    [SuppressGCTransition]
    public static partial byte* PropertyByOffset(byte* tree, int property, byte** name, int* length);

    [LibraryImport(Library, EntryPoint = "fdt_getprop")]
    [SuppressGCTransition]
    public static partial byte* PropertyByName(byte* tree, int node, byte* name, int* length);
}
