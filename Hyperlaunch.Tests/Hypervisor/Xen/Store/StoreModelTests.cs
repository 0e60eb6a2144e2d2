using System;
using System.Collections.Generic;
using System.Linq;
using Hyperlaunch.Hypervisor.Xen.Store;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Xen.Store;

/// <summary>The store against an obvious one: random requests, with and without transactions, get the same answers.</summary>
public sealed class StoreModelTests
{
    private static readonly string[] s_names = ["a", "b", "c"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Random_requests_get_the_answers_of_the_model(int seed)
    {
        Random random = new(seed);
        XenStore store = new(1);
        StoreClient client = new(store, 0, isAdministrator: true);
        int free = store.FreeNodes;
        for (int sequence = 0; sequence < 500; sequence++)
        {
            Model model = new();
            Model? before = null;
            uint transaction = 0;
            for (int i = 0; i < 40; i++)
            {
                string path = "/" + string.Join('/', Enumerable.Range(0, random.Next(1, 4)).Select(_ => s_names[random.Next(3)]));
                string value = $"{random.Next(1000)}";
                switch (random.Next(7))
                {
                    case 0 or 1:
                        model.Write(path, value);
                        Assert.Equal("OK|", client.Write(path, value, transaction));
                        break;
                    case 2:
                        Assert.Equal(model.Remove(path) ? "OK|" : "ENOENT|", client.Remove(path, transaction));
                        break;
                    case 3:
                        Assert.Equal(model.Find(path)?.Value ?? "ENOENT|", client.Read(path, transaction));
                        break;
                    case 4:
                        Assert.Equal(model.List(path), Sorted(client.List(path, transaction)));
                        break;
                    case 5:
                        model.Make(path);
                        Assert.Equal("OK|", client.Make(path, transaction));
                        break;
                    case 6 when transaction == 0:
                        before = model.Copy();
                        transaction = client.Start();
                        break;
                    default:
                        bool commits = random.Next(2) == 0;
                        model = commits ? model : before!;
                        Assert.Equal("OK|", client.End(transaction, commits));
                        transaction = 0;
                        break;
                }
            }

            if (transaction != 0)
            {
                client.End(transaction, commits: false);
            }

            foreach (string name in s_names)
            {
                client.Remove("/" + name);
            }

            Assert.Equal(free, store.FreeNodes);
        }

        Assert.Equal(StoreSizes.SessionBlocks, client.Session.Blocks.FreeBlocks);
    }

    private static string Sorted(string names) => names.EndsWith("ENOENT|", StringComparison.Ordinal)
        ? names
        : string.Concat(names.Split('|').Where(name => name.Length > 0).Order(StringComparer.Ordinal).Select(name => name + "|"));

    private sealed class Model
    {
        public string Value { get; private set; } = "";

        private SortedDictionary<string, Model> Children { get; } = new(StringComparer.Ordinal);

        public Model? Find(string path)
        {
            Model? node = this;
            foreach (string name in path.Split('/').Skip(1))
            {
                node = node?.Children.GetValueOrDefault(name);
            }

            return node;
        }

        public Model Make(string path)
        {
            Model node = this;
            foreach (string name in path.Split('/').Skip(1))
            {
                node.Children.TryAdd(name, new Model());
                node = node.Children[name];
            }

            return node;
        }

        public void Write(string path, string value) => Make(path).Value = value;

        public bool Remove(string path)
        {
            int slash = path.LastIndexOf('/');
            Model? parent = slash == 0 ? this : Find(path[..slash]);
            parent?.Children.Remove(path[(slash + 1)..]);
            return parent is not null;
        }

        public string List(string path)
            => Find(path) is { } node ? string.Concat(node.Children.Keys.Select(name => name + "|")) : "ENOENT|";

        public Model Copy()
        {
            Model copy = new() { Value = Value };
            foreach ((string name, Model child) in Children)
            {
                copy.Children[name] = child.Copy();
            }

            return copy;
        }
    }
}
