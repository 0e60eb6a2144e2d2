#:property PublishAot=false
#:property UseAppHost=false
#:property ManagePackageVersionsCentrally=false

// Checks what the kernel's runtime assumes about CoreLib against the CoreLib that it is built with, and prints each difference as
// an error that MSBuild understands:  dotnet run CheckRuntimeLayout.cs -- CORELIB KERNEL
// Types: size, and the offset or place of each field. Enumerations: the values. Services: every method that the kernel exports
// under a name that CoreLib imports takes as many arguments, and returns something where CoreLib expects something.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

using PEReader corelibFile = new(File.OpenRead(args[0]));
using PEReader kernelFile = new(File.OpenRead(args[1]));
MetadataReader corelib = corelibFile.GetMetadataReader();
MetadataReader kernel = kernelFile.GetMetadataReader();
int differences = 0;

// Explicit layout: the size in bytes (0 where the type declares none) and each field's offset.
CheckOffsets("ExInfo", 0,
    "_pPrevExInfo=0 _pExContext=8 _exception=16 _kind=24 _passNumber=25 _idxCurClause=28 _frameIter=32 _notifyDebuggerSP=392");
CheckOffsets("PAL_LIMITED_CONTEXT", 80, "IP=0");
CheckOffsets("StackFrameIterator", 360,
    "_framePointer=16 _controlPC=24 _regDisplay=32 _originalControlPC=344 _pPreviousTransitionFrame=352");
CheckOffsets("REGDISPLAY", 136, "SP=120");
CheckOffsets("EHEnum", 32, "_dummy=0");

// Sequential layout: the fields in their order.
CheckFields("RhEHClause", "_clauseKind _tryStartOffset _tryEndOffset _filterAddress _handlerAddress _pTargetType");
CheckFields("MethodRegionInfo", "_hotStartAddress _hotSize _coldStartAddress _coldSize");
CheckFields("DispatchCellInfo", "CellType InterfaceType InterfaceSlot HasCache MetadataToken VTableOffset");
CheckFields("MethodTable", "_uFlags _uBaseSize _relatedType _usNumVtableSlots _usNumInterfaces _uHashCode");
CheckFields("TypeManager", "OsHandle ReadyToRunHeader");
CheckFields("TypeManagerHandle", "_handleValue");

CheckValues("ClassLibFunctionId",
    "GetRuntimeException=0 FailFast=1 AppendExceptionStackFrame=3 GetSystemArrayEEType=5 OnFirstChance=6 OnUnhandledException=7");
CheckValues("ExKind", "Throw=1 HardwareFault=2 RethrowFlag=4 SupersededFlag=8 InstructionFaultFlag=16");
CheckValues("HwExceptionCode",
    "STATUS_NATIVEAOT_NULL_REFERENCE=0 STATUS_NATIVEAOT_UNMANAGED_HELPER_NULL_REFERENCE=66 "
    + "STATUS_INTEGER_DIVIDE_BY_ZERO=3221225620");
CheckValues("RhEHClauseKind", "RH_EH_CLAUSE_TYPED=0 RH_EH_CLAUSE_FAULT=1 RH_EH_CLAUSE_FILTER=2");
CheckValues("DispatchCellType", "InterfaceAndSlot=0 VTableOffset=2");

CheckServices();
return differences;

void Report(string what)
{
    Console.WriteLine(
        $"CoreLib : error HL0010: {what}; Hyperlaunch.Kernel/Runtime assumes otherwise (docs/runtime.md, \"Another version\").");
    differences++;
}

TypeDefinition? Find(string name)
{
    foreach (TypeDefinition type in corelib.TypeDefinitions.Select(corelib.GetTypeDefinition))
    {
        if (corelib.GetString(type.Name) == name)
        {
            return type;
        }
    }

    Report($"{name} does not exist");
    return null;
}

IEnumerable<FieldDefinition> FieldsOf(TypeDefinition type, bool isStatic) =>
    type.GetFields().Select(corelib.GetFieldDefinition).Where(f => (f.Attributes & FieldAttributes.Static) != 0 == isStatic);

void CheckOffsets(string name, int size, string expected)
{
    if (Find(name) is { } type)
    {
        Compare(name, string.Join(
            ' ', FieldsOf(type, false).Select(f => $"{corelib.GetString(f.Name)}={f.GetOffset()}")), expected);
        if (Math.Max(type.GetLayout().Size, 0) != size)
        {
            Report($"{name} has {type.GetLayout().Size} bytes and not {size}");
        }
    }
}

void CheckFields(string name, string expected)
{
    if (Find(name) is { } type)
    {
        Compare(name, string.Join(' ', FieldsOf(type, false).Select(f => corelib.GetString(f.Name))), expected);
    }
}

void CheckValues(string name, string expected)
{
    if (Find(name) is { } type)
    {
        HashSet<string> values = FieldsOf(type, true).Select(f => $"{corelib.GetString(f.Name)}={ValueOf(f)}").ToHashSet();
        foreach (string value in expected.Split(' ').Where(v => !values.Contains(v)))
        {
            Report($"{name} lacks {value}");
        }
    }
}

object? ValueOf(FieldDefinition field)
{
    Constant constant = corelib.GetConstant(field.GetDefaultValue());
    return corelib.GetBlobReader(constant.Value).ReadConstant(constant.TypeCode);
}

void Compare(string name, string actual, string expected)
{
    if (actual != expected)
    {
        Report($"{name} has the fields \"{actual}\" and not \"{expected}\"");
    }
}

void CheckServices()
{
    Dictionary<string, (int Arguments, bool IsFunction)> exports = [];
    foreach (MethodDefinition method in kernel.MethodDefinitions.Select(kernel.GetMethodDefinition))
    {
        if (NameFrom(kernel, method, "RuntimeExportAttribute", 0) is { } name)
        {
            exports[name] = ShapeOf(kernel, method);
        }
    }

    foreach (MethodDefinition method in corelib.MethodDefinitions.Select(corelib.GetMethodDefinition))
    {
        string? name = NameFrom(corelib, method, "RuntimeImportAttribute", 1);
        if (name == null && (method.Attributes & MethodAttributes.PinvokeImpl) != 0)
        {
            name = corelib.GetString(method.GetImport().Name);
        }

        (int arguments, bool isFunction) = ShapeOf(corelib, method);
        if (name != null && exports.TryGetValue(name, out var ours)
            && (ours.Arguments != arguments || (isFunction && !ours.IsFunction)))
        {
            Report($"{name} is a {(isFunction ? "function" : "procedure")} of {arguments} arguments");
        }
    }
}

// How many arguments, and whether anything comes back: what the calling convention sees of a signature.
static (int Arguments, bool IsFunction) ShapeOf(MetadataReader reader, MethodDefinition method)
{
    BlobReader signature = reader.GetBlobReader(method.Signature);
    signature.ReadSignatureHeader();
    int parameters = signature.ReadCompressedInteger();
    return (parameters, signature.ReadSignatureTypeCode() != SignatureTypeCode.Void);
}

// The string argument at a place in an attribute of this name.
static string? NameFrom(MetadataReader reader, MethodDefinition method, string attributeName, int place)
{
    foreach (CustomAttribute attribute in method.GetCustomAttributes().Select(reader.GetCustomAttribute))
    {
        if (attribute.Constructor.Kind != HandleKind.MethodDefinition)
        {
            continue;
        }

        TypeDefinition type = reader.GetTypeDefinition(
            reader.GetMethodDefinition((MethodDefinitionHandle)attribute.Constructor).GetDeclaringType());
        if (reader.GetString(type.Name) == attributeName)
        {
            BlobReader value = reader.GetBlobReader(attribute.Value);
            value.ReadUInt16();
            for (int i = 0; i < place && value.RemainingBytes > sizeof(ushort); i++)
            {
                value.ReadSerializedString();
            }

            // What follows the last argument is the count of named ones.
            return value.RemainingBytes > sizeof(ushort) ? value.ReadSerializedString() : null;
        }
    }

    return null;
}
