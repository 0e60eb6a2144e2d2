using System;
using System.Collections.Generic;
using System.Linq;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace Hyperlaunch.Tests.Architecture;

/// <summary>
/// The arrows between rooms, computed from built assemblies. A room is a namespace: <c>Hyperlaunch.Platform.Timers</c> is the
/// room <c>Platform/Timers</c>. What the compiler has folded away, a constant, makes no arrow.
/// </summary>
internal static class RoomArrows
{
    private const string House = "Hyperlaunch.";

    /// <summary>Every arrow that leaves a room of these assemblies for another room of the house, sorted.</summary>
    /// <param name="paths">The assemblies' files.</param>
    public static List<RoomArrow> Of(IEnumerable<string> paths)
    {
        SortedDictionary<(string From, string To), string> arrows = [];
        foreach (string path in paths)
        {
            using ModuleDefinition module = ModuleDefinition.ReadModule(path);
            foreach (TypeDefinition type in module.GetAllTypes())
            {
                string from = RoomOf(type);
                foreach ((TypeReference used, string where) in UsesOf(
                    type).SelectMany(use => Parts(use.Type).Select(part => (part, use.Where))))
                {
                    string to = RoomOf(used);
                    if (from.Length > 0 && to.Length > 0 && from != to)
                    {
                        arrows.TryAdd((from, to), $"{where} names {used.Name}");
                    }
                }
            }
        }

        return [.. arrows.Select(arrow => new RoomArrow(arrow.Key.From, arrow.Key.To, arrow.Value))];
    }

    /// <summary>The room that a type lies in; empty for what is not of the house.</summary>
    private static string RoomOf(TypeReference type)
    {
        while (type.DeclaringType is not null)
        {
            type = type.DeclaringType;
        }

        return type.Namespace.StartsWith(House, StringComparison.Ordinal) ? type.Namespace[House.Length..].Replace('.', '/') : "";
    }

    private static IEnumerable<(TypeReference Type, string Where)> UsesOf(TypeDefinition type)
    {
        IEnumerable<TypeReference?> heads = type.Interfaces.Select(one => one.InterfaceType).Append(type.BaseType)
            .Concat(type.CustomAttributes.Select(one => one.AttributeType))
            .Concat(type.GenericParameters.SelectMany(one => one.Constraints).Select(one => one.ConstraintType));
        foreach (TypeReference? head in heads)
        {
            if (head is not null)
            {
                yield return (head, type.Name);
            }
        }

        foreach (FieldDefinition field in type.Fields)
        {
            yield return (field.FieldType, $"{type.Name}.{field.Name}");
        }

        foreach (MethodDefinition method in type.Methods)
        {
            foreach (TypeReference one in UsesOf(method))
            {
                yield return (one, $"{type.Name}.{method.Name}");
            }
        }
    }

    private static IEnumerable<TypeReference> UsesOf(MethodDefinition method)
    {
        IEnumerable<TypeReference> uses = method.Parameters.Select(one => one.ParameterType).Append(method.ReturnType)
            .Concat(method.CustomAttributes.Select(one => one.AttributeType))
            .Concat(method.GenericParameters.SelectMany(one => one.Constraints).Select(one => one.ConstraintType));
        if (!method.HasBody)
        {
            return uses;
        }

        return uses.Concat(method.Body.Variables.Select(one => one.VariableType))
            .Concat(method.Body.ExceptionHandlers.Where(one => one.CatchType is not null).Select(one => one.CatchType))
            .Concat(method.Body.Instructions.SelectMany(UsesOf));
    }

    private static IEnumerable<TypeReference> UsesOf(Instruction instruction) => instruction.Operand switch
    {
        TypeReference type => [type],
        FieldReference field => [field.DeclaringType, field.FieldType],
        MethodReference method =>
        [
            method.DeclaringType, method.ReturnType, .. method.Parameters.Select(one => one.ParameterType),
            .. method is GenericInstanceMethod generic ? generic.GenericArguments : [],
        ],
        _ => [],
    };

    /// <summary>
    /// A type's parts that can lie in a room: of an array its elements, of a generic instance its arguments too.
    /// </summary>
    public static IEnumerable<TypeReference> Parts(TypeReference type) => type switch
    {
        GenericInstanceType generic => generic.GenericArguments.SelectMany(Parts).Append(generic.ElementType),
        GenericParameter => [],
        TypeSpecification wrapped => Parts(wrapped.ElementType),
        _ => [type],
    };
}
