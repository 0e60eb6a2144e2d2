using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Hyperlaunch.Kernel.Runtime;

/// <summary>
/// The one module of the image, as CoreLib sees it: the sections that ilc laid out and the functions that the class library
/// offers. The first two fields are Internal.Runtime.TypeManagerHandle.TypeManager.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct TypeManager
{
    private static TypeManager s_module;

    /// <summary>Whether CoreLib works. Before that there are no string literals, types, or references in static fields.</summary>
    public static bool IsStarted { get; private set; }

    private nint _osModule;
    private ModuleHeader* _header;
    private nint* _classlibFunctions;
    private int _classlibFunctionCount;

    /// <summary>Lets CoreLib build its tables from the module's sections, then runs the library initializers.</summary>
    public static void Start(ImageLayout* image)
    {
        InitializeModules(0, image->ModulesStart, (int)(image->ModulesEnd - image->ModulesStart), image->ClasslibFunctions,
            ImageLayout.ClasslibFunctionCount);
        RunLibraryInitializers();
        IsStarted = true;
    }

    [RuntimeExport("RhpRegisterOsModule")]
    private static nint RegisterOsModule(nint osModule) => osModule;

    [RuntimeExport("RhpCreateTypeManager")]
    private static TypeManager* Create(nint osModule, ModuleHeader* header, nint* classlibFunctions, int classlibFunctionCount)
    {
        TypeManager* module = (TypeManager*)Unsafe.AsPointer(ref s_module);
        module->_osModule = osModule;
        module->_header = header;
        module->_classlibFunctions = classlibFunctions;
        module->_classlibFunctionCount = classlibFunctionCount;
        return module;
    }

    [RuntimeExport("RhpGetModuleSection")]
    private static byte* GetSection(TypeManager** handle, int section, int* length)
    {
        ModuleHeader* header = (*handle)->_header;
        ModuleSection* sections = (ModuleSection*)(header + 1);
        for (int i = 0; i < header->SectionCount; i++)
        {
            if (sections[i].Id == section)
            {
                *length = (sections[i].Flags & ModuleSection.HasEnd) != 0
                    ? (int)(sections[i].End - sections[i].Start)
                    : sizeof(nint);
                return sections[i].Start;
            }
        }

        *length = 0;
        return null;
    }

    [RuntimeExport("RhpGetClasslibFunctionFromCodeAddress")]
    private static nint ClasslibFunctionFromCodeAddress(nint address, int function) => ClasslibFunction(function);

    [RuntimeExport("RhpGetClasslibFunctionFromEEType")]
    private static nint ClasslibFunctionFromType(MethodTable* type, int function) => ClasslibFunction(function);

    private static nint ClasslibFunction(int function) =>
        (uint)function < (uint)s_module._classlibFunctionCount ? s_module._classlibFunctions[function] : 0;

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "InitializeModules")]
    private static extern void InitializeModules(
        nint osModule, nint* headers, int count, nint* classlibFunctions, int functionCount);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "__managed__Startup")]
    private static extern void RunLibraryInitializers();

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct ModuleHeader
    {
        private readonly uint _signature;
        private readonly ushort _major;
        private readonly ushort _minor;
        private readonly uint _flags;
        public readonly ushort SectionCount;
        private readonly byte _entrySize;
        private readonly byte _entryType;
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct ModuleSection
    {
        public const int HasEnd = 1;

        public readonly int Id;
        public readonly int Flags;
        public readonly byte* Start;
        public readonly byte* End;
    }
}
