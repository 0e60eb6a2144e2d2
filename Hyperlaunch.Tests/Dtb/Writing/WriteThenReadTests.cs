using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Hyperlaunch.Dtb;
using Xunit;

namespace Hyperlaunch.Tests.Dtb.Writing;

/// <summary>Trees of any shape come back as they were written.</summary>
public class WriteThenReadTests
{
    private const string NodeCharacters = "abcxyzABCXYZ0189,._+-";

    private static readonly Gen<byte[]> Values = Gen.Frequency(
        (3, ArbMap.Default.GeneratorFor<byte[]>()),
        (1, Gen.Elements(new byte[] { 0 }, [0, 0, 0, 1], [(byte)'a', 0], [])));

    private static readonly Arbitrary<Node> Trees = Arb.From(
        Gen.Sized(size => NodeOf(Math.Min(size, 40), string.Empty)), Shrink);

    [Fact]
    public void Reads_what_was_written() => Check(root =>
    {
        byte[] blob = Write(root);
        Assert.True(DeviceTree.TryOpen(blob, out DeviceTree tree, out DtbError error), error.ToString());
        return Describe(root, 0) == Describe(tree);
    });

    [Fact]
    public void Writes_the_same_bytes_for_what_was_read() => Check(root =>
    {
        byte[] blob = Write(root);
        return blob.AsSpan().SequenceEqual(DeviceTreeWriterTests.Rewrite(blob)) && blob.AsSpan().SequenceEqual(Write(root));
    });

    [Fact]
    public void Finds_every_node_and_property_by_name() => Check(root =>
    {
        Assert.True(DeviceTree.TryOpen(Write(root), out DeviceTree tree, out _));
        return Finds(tree.Root, root);
    });

    private static bool Finds(scoped in DeviceTreeNode found, Node node)
    {
        foreach ((string name, byte[] value) in node.Properties)
        {
            if (!found.TryGetBytes(Encoding.ASCII.GetBytes(name), out ReadOnlySpan<byte> bytes).IsPresent
                || !bytes.SequenceEqual(value))
            {
                return false;
            }
        }

        foreach (Node child in node.Children)
        {
            if (!found.TryFindChild(Encoding.ASCII.GetBytes(child.Name), out DeviceTreeNode foundChild)
                || !Finds(foundChild, child))
            {
                return false;
            }
        }

        return true;
    }

    private static byte[] Write(Node root)
    {
        DeviceTreeWriter writer = DeviceTreeWriter.Growing();
        Write(ref writer, root);
        Assert.True(writer.TryFinish(out ReadOnlySpan<byte> blob, out DtbError error), error.ToString());
        return blob.ToArray();
    }

    private static void Write(ref DeviceTreeWriter writer, Node node)
    {
        writer.BeginNode(Encoding.ASCII.GetBytes(node.Name));
        foreach ((string name, byte[] value) in node.Properties)
        {
            writer.AddProperty(Encoding.ASCII.GetBytes(name), value);
        }

        foreach (Node child in node.Children)
        {
            Write(ref writer, child);
        }

        writer.EndNode();
    }

    private static string Describe(Node node, int depth)
    {
        StringBuilder text = new($"{depth} '{node.Name}'\n");
        foreach ((string name, byte[] value) in node.Properties)
        {
            text.Append($"  {name}={Convert.ToHexString(value)}\n");
        }

        foreach (Node child in node.Children)
        {
            text.Append(Describe(child, depth + 1));
        }

        return text.ToString();
    }

    private static string Describe(DeviceTree tree)
    {
        StringBuilder text = new();
        foreach (DeviceTreeNode node in tree.Nodes)
        {
            text.Append($"{node.Depth} '{Encoding.ASCII.GetString(node.Name)}'\n");
            foreach (DeviceTreeProperty property in node.Properties)
            {
                text.Append($"  {Encoding.ASCII.GetString(property.Name)}={Convert.ToHexString(property.Value)}\n");
            }
        }

        return text.ToString();
    }

    private static void Check(Func<Node, bool> holds) => FsCheck.Fluent.Prop.ForAll(Trees, holds)
        .Check(Config.QuickThrowOnFailure.WithMaxTest(200).WithReplay(20261122, 1));

    private static Gen<Node> NodeOf(int size, string name) =>
        from propertyNames in NamesOf(NodeCharacters + "?#", 6)
        from values in Values.ListOf(propertyNames.Count)
        from childNames in size < 2 ? Gen.Constant(new List<string>()) : NamesOf(NodeCharacters, 4)
        from children in Gen.CollectToSequence(childNames.Select(child => NodeOf(size / Math.Max(childNames.Count, 2), child)))
        select new Node(name, [.. propertyNames.Zip(values)], [.. children]);

    private static Gen<List<string>> NamesOf(string characters, int most) =>
        from names in Gen.Elements(characters.ToCharArray()).NonEmptyListOf().Resize(12).ListOf().Resize(most)
        select names.Select(name => new string([.. name])).Distinct().ToList();

    private static IEnumerable<Node> Shrink(Node node)
    {
        foreach (Node child in node.Children)
        {
            yield return node with { Children = [.. node.Children.Where(other => other != child)] };
        }

        for (int i = 0; i < node.Properties.Count; i++)
        {
            yield return node with { Properties = [.. node.Properties.Where((_, index) => index != i)] };
        }
    }

    private sealed record Node(string Name, List<(string Name, byte[] Value)> Properties, List<Node> Children);
}
