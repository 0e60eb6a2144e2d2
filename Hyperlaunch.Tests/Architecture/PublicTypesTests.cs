using System;
using System.Collections.Generic;
using System.Linq;
using Mono.Cecil;
using Xunit;

namespace Hyperlaunch.Tests.Architecture;

/// <summary>Public means that another project uses it.</summary>
public class PublicTypesTests
{
    /// <summary>A library for people outside: its whole surface is for them.</summary>
    private const string ForOthers = "Hyperlaunch.Dtb";

    [Fact]
    public void What_no_other_project_uses_is_internal()
    {
        List<ModuleDefinition> modules = [.. House.ProductAndSelfTest().Select(path => ModuleDefinition.ReadModule(path))];
        try
        {
            Assert.Empty(Unused(modules));
        }
        finally
        {
            modules.ForEach(module => module.Dispose());
        }
    }

    private static IEnumerable<string> Unused(List<ModuleDefinition> modules)
    {
        HashSet<string> used = [.. modules.SelectMany(module => module.GetTypeReferences().Select(type => type.FullName))];
        used.UnionWith(InRowsOfTheories());
        Dictionary<string, TypeDefinition> types = modules.SelectMany(module => module.Types).DistinctBy(type => type.FullName)
            .ToDictionary(type => type.FullName);
        Queue<string> open = new(used);
        while (open.TryDequeue(out string? name))
        {
            if (types.TryGetValue(name, out TypeDefinition? type))
            {
                foreach (string shown in Surface(type).Where(used.Add))
                {
                    open.Enqueue(shown);
                }
            }
        }

        return types.Values
            .Where(type => type.IsPublic && House.Libraries.Contains(type.Module.Assembly.Name.Name)
                && type.Module.Assembly.Name.Name != ForOthers)
            .Where(type => !used.Contains(type.FullName) && !HasConstants(type))
            .Select(type => type.FullName)
            .Order(StringComparer.Ordinal);
    }

    // A theory is public, and so is the type of each of its parameters.
    private static List<string> InRowsOfTheories()
    {
        using ModuleDefinition tests = ModuleDefinition.ReadModule(House.FileOf("Hyperlaunch.Tests"));
        return [.. tests.Types.Where(type => type.IsPublic).SelectMany(Surface)];
    }

    // The compiler puts a constant's value where its name stood: whether another project uses it cannot be seen.
    private static bool HasConstants(TypeDefinition type)
        => !type.IsEnum && type.Fields.Any(field => field.IsPublic && field.IsLiteral);

    // What a type that is used shows must be as visible as itself.
    private static IEnumerable<string> Surface(TypeDefinition type)
    {
        IEnumerable<TypeReference?> shown = type.Interfaces.Select(one => one.InterfaceType).Append(type.BaseType)
            .Concat(type.Fields.Where(field => field.IsPublic || field.IsFamily).Select(field => field.FieldType))
            .Concat(type.Methods.Where(method => method.IsPublic || method.IsFamily)
                .SelectMany(method => method.Parameters.Select(one => one.ParameterType).Append(method.ReturnType)))
            .Concat(type.NestedTypes.Where(one => one.IsNestedPublic));
        return shown.OfType<TypeReference>().SelectMany(RoomArrows.Parts).Select(one => one.FullName);
    }
}
