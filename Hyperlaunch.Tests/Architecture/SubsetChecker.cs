using System.Collections.Generic;
using System.IO;
using System.Linq;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace Hyperlaunch.Tests.Architecture;

/// <summary>
/// Finds in a built assembly what IL2CPU does not compile, or compiles wrongly: the rules of docs/architecture.md, "The C# of the
/// libraries".
/// </summary>
internal static class SubsetChecker
{
    /// <summary>
    /// The namespaces, by a word of them, and the types of the run path: what is executed between a guest's exit and the next
    /// entry, where each stackalloc would be an object on a heap that nothing collects.
    /// </summary>
    private static readonly HashSet<string> RunPath =
    [
        "Platform", "Execution", "Console", "Control", "Passthrough", "Virtualization", "GuestMemory", "PageTable",
    ];

    private static readonly HashSet<string> CastsThatAreWrong = ["System.Collections.Generic.IEnumerable`1<System.Object>"];

    /// <summary>All breaches in an assembly; the assemblies it refers to must lie beside it or be the framework's.</summary>
    public static List<Breach> Check(string path)
    {
        using DefaultAssemblyResolver resolver = new();
        resolver.AddSearchDirectory(Path.GetDirectoryName(path));
        resolver.AddSearchDirectory(Path.GetDirectoryName(typeof(object).Assembly.Location));
        using ModuleDefinition module = ModuleDefinition.ReadModule(path, new ReaderParameters { AssemblyResolver = resolver });
        return [.. module.GetAllTypes().SelectMany(CheckType)];
    }

    private static IEnumerable<Breach> CheckType(TypeDefinition type)
    {
        if (!type.IsValueType && type.Methods.Any(method => method.Name == "<Clone>$"))
        {
            yield return new Breach("record class", type.FullName, "<Clone>$");
        }

        foreach (EventDefinition one in type.Events)
        {
            yield return new Breach("event", one.FullName, "event");
        }

        foreach (FieldDefinition field in type.Fields)
        {
            foreach (string rule in RulesOfType(field.FieldType))
            {
                yield return new Breach(rule, field.FullName, "field");
            }
        }

        foreach (MethodDefinition method in type.Methods)
        {
            foreach (Breach breach in CheckMethod(method))
            {
                yield return breach;
            }
        }
    }

    private static IEnumerable<Breach> CheckMethod(MethodDefinition method)
    {
        if (method.IsVirtual && method.HasGenericParameters)
        {
            yield return new Breach("generic virtual method", method.FullName, "declaration");
        }

        if (method.DeclaringType.IsInterface && method.HasBody && !method.IsConstructor)
        {
            yield return new Breach("default interface method", method.FullName, "body");
        }

        IEnumerable<TypeReference> mentioned = method.Parameters.Select(
            parameter => parameter.ParameterType).Append(method.ReturnType);
        foreach (string rule in mentioned.SelectMany(RulesOfType).Distinct())
        {
            yield return new Breach(rule, method.FullName, "declaration");
        }

        if (!method.HasBody)
        {
            yield break;
        }

        foreach (string rule in method.Body.Variables.SelectMany(variable => RulesOfType(variable.VariableType)).Distinct())
        {
            yield return new Breach(rule, method.FullName, "variable");
        }

        foreach (ExceptionHandler handler in method.Body.ExceptionHandlers)
        {
            yield return new Breach("exception handler", method.FullName, $"{handler.HandlerType} at {handler.HandlerStart}");
        }

        foreach (Instruction instruction in method.Body.Instructions)
        {
            if (instruction.OpCode.Code == Code.Localloc && IsOnRunPath(method.DeclaringType))
            {
                yield return new Breach("stackalloc on the run path", method.FullName, instruction.ToString());
            }

            foreach (string rule in RulesOfInstruction(instruction).Distinct())
            {
                yield return new Breach(rule, method.FullName, instruction.ToString());
            }
        }

        foreach (Breach breach in Arithmetic.Check(method))
        {
            yield return breach;
        }
    }

    private static bool IsOnRunPath(TypeDefinition type)
    {
        while (type.DeclaringType is not null)
        {
            type = type.DeclaringType;
        }

        return type.Namespace.Split('.').Any(RunPath.Contains) || RunPath.Contains(type.Name);
    }

    private static IEnumerable<string> RulesOfInstruction(Instruction instruction)
    {
        switch (instruction.Operand)
        {
            case MethodReference method:
                return RulesOfCall(instruction, method)
                    .Concat(RulesOfType(method.DeclaringType))
                    .Concat(method is GenericInstanceMethod generic ? generic.GenericArguments.SelectMany(RulesOfType) : []);
            case TypeReference type when instruction.OpCode.Code == Code.Box && IsEnum(type):
                return ["enum as object"];
            case TypeReference type when instruction.OpCode.Code == Code.Sizeof && HasFixedBuffer(type):
                return ["sizeof a struct with a fixed buffer"];
            case TypeReference type:
                return RulesOfType(type);
            case FieldReference field:
                return RulesOfType(field.FieldType);
            default:
                return [];
        }
    }

    private static IEnumerable<string> RulesOfCall(Instruction instruction, MethodReference method)
    {
        // An enum's ToString, GetHashCode or Equals without a box: the prefix names the enum.
        if (instruction.Previous?.OpCode.Code == Code.Constrained && IsEnum((TypeReference)instruction.Previous.Operand))
        {
            yield return "enum as object";
        }

        string declaring = method.DeclaringType.GetElementType().FullName;
        string? rule = (declaring, method.Name) switch
        {
            ("System.Array", "Sort") => "Array.Sort",
            ("System.Collections.Generic.List`1", "Sort") => "List.Sort",
            ("System.Enum", _) => "enum as object",
            ("System.String", "CompareTo") => "string.CompareTo",
            ("System.Numerics.BitOperations", "PopCount") => "BitOperations.PopCount",
            ("System.UInt64", "ToString") when method.HasParameters => "ulong.ToString with a format",
            ("System.IntPtr" or "System.UIntPtr", "get_Size") => "IntPtr.Size",
            ("System.Delegate", "Combine" or "Remove") => "delegate combination",
            (_, _) when declaring.StartsWith("System.Linq.", System.StringComparison.Ordinal) => "LINQ",
            _ => null,
        };
        if (rule is not null)
        {
            yield return rule;
        }
    }

    /// <summary>The rules that a type breaks by being mentioned.</summary>
    private static IEnumerable<string> RulesOfType(TypeReference type)
    {
        if (type is ArrayType { Rank: > 1 })
        {
            yield return "multi-dimensional array";
        }

        if (CastsThatAreWrong.Contains(type.FullName))
        {
            yield return "IEnumerable<object>";
        }

        if (type is GenericInstanceType generic)
        {
            if (generic.ElementType.FullName == "System.Collections.Generic.Dictionary`2"
                && !IsGoodKey(generic.GenericArguments[0]))
            {
                yield return "Dictionary key";
            }

            foreach (string rule in generic.GenericArguments.SelectMany(RulesOfType))
            {
                yield return rule;
            }
        }
        else if (type is TypeSpecification specification)
        {
            foreach (string rule in RulesOfType(specification.ElementType))
            {
                yield return rule;
            }
        }
    }

    private static bool IsGoodKey(TypeReference key) => key.IsPrimitive || key.MetadataType == MetadataType.String;

    private static bool IsEnum(TypeReference type)
        => !type.IsGenericParameter && type.IsValueType && type.Resolve()?.IsEnum == true;

    private static bool HasFixedBuffer(TypeReference type) => type.Resolve()?.Fields.Any(field =>
        field.CustomAttributes.Any(attribute => attribute.AttributeType.Name == "FixedBufferAttribute")) == true;
}
