using System;
using System.Linq;
using Hyperlaunch.Hypervisor.Xen.Store;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Xen.Store;

public sealed class XenStoreTests
{
    private const string Okay = "OK|";

    private readonly XenStore _store = new(3);
    private readonly StoreClient _tools;
    private readonly StoreClient _one;
    private readonly StoreClient _two;

    public XenStoreTests()
    {
        _tools = new StoreClient(_store, 0, isAdministrator: true);
        _one = new StoreClient(_store, 1);
        _two = new StoreClient(_store, 2);
        Assert.Equal(Okay, _tools.Make("/local/domain/1"));
        _tools.Permit("/local/domain/1", "n1", "r2");
    }

    [Fact]
    public void What_is_written_is_read_and_listed_with_all_above_it()
    {
        Assert.Equal(Okay, _one.Write("a/b/c", "value"));
        Assert.Equal("value", _one.Read("a/b/c"));
        Assert.Equal("value", _one.Read("/local/domain/1/a/b/c"));
        Assert.Equal("", _one.Read("a"));
        Assert.Equal("b|", _one.List("a"));
        Assert.Equal("", _one.List("a/b/c"));
        Assert.Equal(Okay, _one.Write("a/b/d", ""));
        Assert.Equal("c|d|", _one.List("a/b"));
        Assert.Equal("", _one.Read("a/b/d"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(2048)]
    public void A_value_of_any_length_comes_back(int length)
    {
        string value = new('x', length);
        Assert.Equal(Okay, _one.Write("a", "first"));
        Assert.Equal(Okay, _one.Write("a", value));
        Assert.Equal(value, _one.Read("a"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("/a/")]
    [InlineData("//")]
    [InlineData("a b")]
    [InlineData("a.b")]
    [InlineData("@releaseDomain")]
    [InlineData("\u00e9")]
    public void A_malformed_path_is_refused_by_every_request(string path)
    {
        Assert.Equal("EINVAL|", _one.Read(path));
        Assert.Equal("EINVAL|", _one.List(path));
        Assert.Equal("EINVAL|", _one.Write(path, "v"));
        Assert.Equal("EINVAL|", _one.Make(path));
        Assert.Equal("EINVAL|", _one.Remove(path));
        Assert.Equal("EINVAL|", _one.Permissions(path));
        Assert.Equal("EINVAL|", _one.Permit(path, "n1"));
        Assert.True(path[..Math.Min(1, path.Length)] == "@" || _one.Watch(path) == "EINVAL|");
    }

    [Theory]
    [InlineData(StoreRequest.Read)]
    [InlineData(StoreRequest.Directory)]
    [InlineData(StoreRequest.Write)]
    [InlineData(StoreRequest.MakeDirectory)]
    [InlineData(StoreRequest.Remove)]
    [InlineData(StoreRequest.GetPermissions)]
    [InlineData(StoreRequest.SetPermissions)]
    [InlineData(StoreRequest.Watch)]
    [InlineData(StoreRequest.Unwatch)]
    [InlineData(StoreRequest.DirectoryPart)]
    [InlineData(StoreRequest.GetDomainPath)]
    [InlineData(StoreRequest.IsDomainIntroduced)]
    public void A_payload_without_a_zero_is_refused(object request)
    {
        Assert.Equal("EINVAL|", _one.Ask((StoreRequest)request, "a"));
        Assert.Equal("EINVAL|", _one.Ask((StoreRequest)request, ""));
    }

    [Theory]
    [InlineData(2047, true)]
    [InlineData(2048, false)]
    public void A_relative_path_ends_at_its_limit(int length, bool isTaken)
    {
        string path = string.Concat(Enumerable.Repeat(new string('p', 200) + "/", 11))[..length];
        path = path[^1] == '/' ? path[..^1] + "p" : path;
        Assert.Equal(isTaken ? Okay : "EINVAL|", _one.Write(path, "v"));
    }

    [Theory]
    [InlineData(3071, true)]
    [InlineData(3072, false)]
    public void An_absolute_path_ends_at_its_limit(int length, bool isTaken)
    {
        string path = string.Concat(Enumerable.Repeat("/" + new string('p', 200), 16))[..length];
        path = path[^1] == '/' ? path[..^1] + "p" : path;
        Assert.Equal(isTaken ? Okay : "EINVAL|", _tools.Write(path, "v"));
    }

    [Theory]
    [InlineData(255, true)]
    [InlineData(256, false)]
    public void A_name_ends_at_its_limit(int length, bool isTaken)
        => Assert.Equal(isTaken ? Okay : "EINVAL|", _one.Write(new string('n', length), "v"));

    [Fact]
    public void Who_may_not_read_or_write_is_refused_and_not_told_what_is_missing()
    {
        _one.Write("secret", "s");
        _one.Permit("secret", "n1");
        Assert.Equal("EACCES|", _two.Read("/local/domain/1/secret"));
        Assert.Equal("EACCES|", _two.Read("/local/domain/1/secret/missing"));
        Assert.Equal("EACCES|", _two.Write("/local/domain/1/secret", "t"));
        Assert.Equal("EACCES|", _two.Remove("/local/domain/1/secret"));
        Assert.Equal("EACCES|", _two.Write("/local/domain/1/new", "t"));
        Assert.Equal("EACCES|", _two.Permissions("/local/domain/1/secret"));
        Assert.Equal("s", _tools.Read("/local/domain/1/secret"));
        Assert.Equal("ENOENT|", _two.Read("/local/domain/1/missing"));
    }

    [Theory]
    [InlineData("n1|r2|", "EACCES|", "v")]
    [InlineData("n1|w2|", Okay, "EACCES|")]
    [InlineData("n1|b2|", Okay, "x")]
    [InlineData("r1|", "EACCES|", "v")]
    [InlineData("b1|", Okay, "x")]
    [InlineData("b1|n2|", "EACCES|", "EACCES|")]
    [InlineData("n1|r2|w2|", "EACCES|", "v")]
    public void An_entry_of_its_own_says_what_a_domain_may_and_otherwise_the_first(string entries, string write, string read)
    {
        _one.Write("n", "v");
        Assert.Equal(Okay, _one.Ask(StoreRequest.SetPermissions, "n|" + entries));
        Assert.Equal(entries, _one.Permissions("n"));
        Assert.Equal(write, _two.Write("/local/domain/1/n", "x"));
        Assert.Equal(read, _two.Read("/local/domain/1/n"));
    }

    [Theory]
    [InlineData("x1|")]
    [InlineData("n|")]
    [InlineData("n1")]
    [InlineData("n-1|")]
    [InlineData("n65536|")]
    [InlineData("n1|r2|r3|r4|r5|r6|")]
    [InlineData("")]
    public void Malformed_permissions_are_refused(string entries)
    {
        _one.Write("n", "v");
        Assert.Equal("EINVAL|", _one.Ask(StoreRequest.SetPermissions, "n|" + entries));
    }

    [Fact]
    public void Only_an_owner_permits_and_does_not_give_a_node_away()
    {
        _one.Write("n", "v");
        _one.Permit("n", "b1");
        Assert.Equal("EACCES|", _two.Permit("/local/domain/1/n", "b2"));
        Assert.Equal("EPERM|", _one.Permit("n", "b2"));
        Assert.Equal(Okay, _tools.Permit("/local/domain/1/n", "b2"));
        Assert.Equal("b2|", _two.Permissions("/local/domain/1/n"));
    }

    [Fact]
    public void Who_makes_a_node_owns_it_and_it_has_the_permissions_of_the_one_above()
    {
        _tools.Make("/local/domain/1/shared");
        _tools.Permit("/local/domain/1/shared", "r0", "b2", "b1");
        Assert.Equal(Okay, _two.Write("/local/domain/1/shared/of/two", "v"));
        Assert.Equal("r2|b2|b1|", _tools.Permissions("/local/domain/1/shared/of/two"));
        Assert.Equal("r2|b2|b1|", _tools.Permissions("/local/domain/1/shared/of"));
        _tools.Write("/local/domain/1/shared/of/tools", "v");
        Assert.Equal("r2|b2|b1|", _tools.Permissions("/local/domain/1/shared/of/tools"));
    }

    [Fact]
    public void Removing_takes_all_below_and_what_is_gone_is_well()
    {
        _one.Write("a/b/c", "1");
        _one.Write("a/d", "2");
        int free = _store.FreeNodes;
        Assert.Equal(Okay, _one.Remove("a"));
        Assert.Equal(free + 4, _store.FreeNodes);
        Assert.Equal("ENOENT|", _one.Read("a/b/c"));
        Assert.Equal(Okay, _one.Remove("a"));
        Assert.Equal("ENOENT|", _one.Remove("a/b"));
        Assert.Equal("EINVAL|", _tools.Remove("/"));
    }

    [Fact]
    public void A_watch_is_told_at_once_and_of_changes_at_and_below_it()
    {
        Assert.Equal(Okay, _one.Watch("w", "tok"));
        Assert.Equal(["w|tok|"], _one.TakeEvents());
        _one.Write("w/x", "1");
        _one.Write("wx", "1");
        _one.Permit("w/x", "n1");
        _one.Make("w/y");
        _one.Remove("w/x");
        Assert.Equal(["w/x|tok|", "w/x|tok|", "w/y|tok|", "w/x|tok|"], _one.TakeEvents());
        Assert.Equal(Okay, _one.Ask(StoreRequest.Unwatch, "w|tok|"));
        _one.Write("w/x", "2");
        Assert.Empty(_one.TakeEvents());
    }

    [Fact]
    public void An_event_has_the_form_in_which_the_watch_was_asked_for()
    {
        _one.Watch("/local/domain/1/w", "absolute");
        _one.Watch("w", "relative");
        _one.TakeEvents();
        _one.Write("w", "1");
        Assert.Equal(["/local/domain/1/w|absolute|", "w|relative|"], _one.TakeEvents());
    }

    [Fact]
    public void Whoever_may_not_see_a_node_is_not_told_of_it()
    {
        _one.Write("secret/key", "1");
        _one.Permit("secret", "n1");
        _one.Permit("secret/key", "n1");
        _two.Watch("/local/domain/1/secret", "t");
        _two.TakeEvents();
        _one.Write("secret/key", "2");
        Assert.Empty(_two.TakeEvents());
        _one.Permit("secret/key", "n1", "r2");
        Assert.Equal(["/local/domain/1/secret/key|t|"], _two.TakeEvents());
        _one.Remove("secret/key");
        Assert.Equal(["/local/domain/1/secret/key|t|"], _two.TakeEvents());
    }

    [Fact]
    public void A_watch_below_a_node_that_is_removed_is_told()
    {
        _one.Write("a/b/c", "1");
        _one.Watch("a/b/c", "t");
        _one.Watch("a/b/d", "t");
        _one.TakeEvents();
        _one.Remove("a");
        Assert.Equal(["a/b/c|t|"], _one.TakeEvents());
    }

    [Fact]
    public void Watches_are_told_apart_by_path_and_token_and_end()
    {
        Assert.Equal(Okay, _one.Watch("a", "1"));
        Assert.Equal("EEXIST|", _one.Watch("a", "1"));
        Assert.Equal("EEXIST|", _one.Watch("/local/domain/1/a", "1"));
        Assert.Equal(Okay, _one.Watch("a", "2"));
        Assert.Equal("ENOENT|", _one.Ask(StoreRequest.Unwatch, "a|3|"));
        for (int i = 2; i < StoreSizes.Watches; i++)
        {
            Assert.Equal(Okay, _one.Watch("b", $"{i}"));
        }

        Assert.Equal("E2BIG|", _one.Watch("b", "more"));
        Assert.Equal(Okay, _one.Ask(StoreRequest.ResetWatches, "|"));
        Assert.Equal(Okay, _one.Watch("b", "more"));
    }

    [Fact]
    public void Domains_that_come_and_go_are_told_to_the_administrator_alone()
    {
        Assert.Equal("EACCES|", _one.Watch("@releaseDomain"));
        Assert.Equal("EINVAL|", _tools.Watch("@other"));
        Assert.Equal(Okay, _tools.Watch("@releaseDomain", "gone"));
        Assert.Equal(Okay, _tools.Watch("@introduceDomain", "come"));
        _tools.TakeEvents();
        _store.Release(_two.Session);
        _store.Introduce(_two.Session);
        Assert.Equal(["@releaseDomain|gone|", "@introduceDomain|come|"], _tools.TakeEvents());
    }

    [Fact]
    public void A_transaction_sees_its_own_and_others_do_not_until_its_end()
    {
        _one.Write("a", "old");
        uint id = _one.Start();
        Assert.Equal(Okay, _one.Write("a", "new", id));
        Assert.Equal(Okay, _one.Write("b/c", "made", id));
        Assert.Equal("new", _one.Read("a", id));
        Assert.Equal("c|", _one.List("b", id));
        Assert.Equal("a|b|", _one.List("/local/domain/1", id));
        Assert.Equal("old", _one.Read("a"));
        Assert.Equal("ENOENT|", _one.Read("b/c"));
        Assert.Equal(Okay, _one.End(id));
        Assert.Equal("new", _one.Read("a"));
        Assert.Equal("made", _one.Read("b/c"));
        Assert.Equal("ENOENT|", _one.End(id));
    }

    [Fact]
    public void A_transaction_that_is_dropped_changes_nothing()
    {
        uint id = _one.Start();
        _one.Write("a", "1", id);
        Assert.Equal(Okay, _one.End(id, commits: false));
        Assert.Equal("ENOENT|", _one.Read("a"));
    }

    [Fact]
    public void A_transaction_fires_at_its_end_once_for_each_node_and_before_its_answer()
    {
        _one.Write("a", "0");
        _one.Watch("a", "t");
        _one.Watch("d", "t");
        _one.TakeEvents();
        uint id = _one.Start();
        _one.Write("a", "1", id);
        _one.Write("a", "2", id);
        _one.Write("d/e", "3", id);
        Assert.Empty(_one.TakeEvents());
        _store.Handle(_one.Session, new StoreHeader(StoreRequest.TransactionEnd, 5, id, 2), "T\0"u8);
        Assert.Equal(["a|t|", "d/e|t|", Okay], [.. _one.Take().Select(message => message.Payload)]);
    }

    [Theory]
    [InlineData("write", "EAGAIN|")]
    [InlineData("remove", "EAGAIN|")]
    [InlineData("permit", "EAGAIN|")]
    [InlineData("child", "EAGAIN|")]
    [InlineData("other", Okay)]
    public void A_transaction_whose_grounds_have_changed_is_to_be_tried_again(string what, string expected)
    {
        _one.Write("a", "0");
        _one.Write("b", "0");
        uint id = _one.Start();
        Assert.Equal("0", _one.Read("a", id));
        _one.Write("b", "1", id);
        _ = what switch
        {
            "write" => _one.Write("a", "9"),
            "remove" => _one.Remove("a"),
            "permit" => _one.Permit("a", "n1"),
            "child" => _one.Write("a/child", "9"),
            _ => _one.Write("a2", "9"),
        };
        Assert.Equal(expected, _one.End(id));
        Assert.Equal(expected == Okay ? "1" : "0", _one.Read("b"));
    }

    [Fact]
    public void What_was_missing_and_came_is_a_change_too()
    {
        uint id = _one.Start();
        Assert.Equal("ENOENT|", _one.Read("a", id));
        _one.Write("a", "1");
        _one.Write("b", "1", id);
        Assert.Equal("EAGAIN|", _one.End(id));
    }

    [Fact]
    public void What_a_transaction_removes_and_makes_again_is_new()
    {
        _one.Write("a/b", "old");
        _one.Write("a/c", "old");
        uint id = _one.Start();
        Assert.Equal(Okay, _one.Remove("a", id));
        Assert.Equal("ENOENT|", _one.Read("a/b", id));
        Assert.Equal(Okay, _one.Write("a/b/d", "new", id));
        Assert.Equal("b|", _one.List("a", id));
        Assert.Equal("", _one.Read("a/b", id));
        Assert.Equal(Okay, _one.End(id));
        Assert.Equal("b|", _one.List("a"));
        Assert.Equal("", _one.Read("a/b"));
        Assert.Equal("new", _one.Read("a/b/d"));
    }

    [Theory]
    [InlineData("T")]
    [InlineData("X|")]
    [InlineData("")]
    public void An_end_says_whether_it_has_effect(string payload)
    {
        uint id = _one.Start();
        Assert.Equal("EINVAL|", _one.Ask(StoreRequest.TransactionEnd, payload, id));
    }

    [Fact]
    public void Transactions_are_numbered_and_few_and_not_within_each_other()
    {
        uint first = _one.Start();
        Assert.Equal(1u, first);
        Assert.Equal("EBUSY|", _one.Ask(StoreRequest.TransactionStart, "|", first));
        Assert.Equal("ENOENT|", _one.Read("a", 99));
        Assert.Equal("ENOENT|", _two.Read("a", first));
        for (int i = 1; i < StoreSizes.Transactions; i++)
        {
            _one.Start();
        }

        Assert.Equal("ENOSPC|", _one.Ask(StoreRequest.TransactionStart, "|"));
        _one.Ask(StoreRequest.ResetWatches, "|");
        Assert.Equal("ENOENT|", _one.End(first));
        Assert.NotEqual(0u, _one.Start());
    }

    [Fact]
    public void A_domain_that_uses_up_its_nodes_leaves_the_others_theirs()
    {
        int made = 0;
        while (_one.Write($"n/{made}", "value") == Okay)
        {
            made++;
        }

        Assert.Equal("ENOSPC|", _one.Write("n/more", "value"));
        Assert.InRange(made, StoreSizes.Nodes - 3, StoreSizes.Nodes);
        Assert.Equal(Okay, _two.Write("/local/domain/2/n", "v") == "EACCES|" ? Okay : "?");
        _tools.Make("/local/domain/2");
        _tools.Permit("/local/domain/2", "n2");
        Assert.Equal(Okay, _two.Write("n", "v"));
        Assert.Equal(Okay, _tools.Write("/local/domain/1/n/tools", "v"));
        Assert.Equal(Okay, _one.Remove("n"));
        Assert.Equal(Okay, _one.Write("n", "value"));
    }

    [Fact]
    public void Values_are_charged_to_the_nodes_owner()
    {
        int made = 0;
        string value = new('v', StoreSizes.Value);
        while (_one.Write($"n/{made}", value) == Okay)
        {
            made++;
        }

        Assert.InRange(made, 20, 24);
        uint id = _one.Start();
        Assert.Equal(Okay, _one.Write("n/0", "short", id));
        Assert.Equal(Okay, _one.Write("m", value, id));
        Assert.Equal("ENOSPC|", _one.End(id));
        Assert.Equal("ENOSPC|", _one.Write("n/0", new string('v', StoreSizes.Value + 1)));
    }

    [Fact]
    public void A_transaction_of_more_than_there_is_room_for_is_refused_and_costs_nobody_anything()
    {
        uint id = _one.Start();
        string answer = Okay;
        for (int i = 0; answer == Okay; i++)
        {
            answer = _one.Write($"t/{i}", new string('v', 100), id);
        }

        Assert.Equal("ENOSPC|", answer);
        _one.Ask(StoreRequest.ResetWatches, "|");
        Assert.Equal(StoreSizes.SessionBlocks, _one.Session.Blocks.FreeBlocks);
        Assert.Equal("ENOENT|", _one.Read("t"));
    }

    [Fact]
    public void Who_takes_no_events_loses_some_and_is_told_of_all_it_watches_later()
    {
        _one.Watch("w", "t");
        _one.Watch("v", "t");
        _one.TakeEvents();
        int sent = 0;
        while (!_one.Session.Output.HasLostEvents)
        {
            _tools.Write($"/local/domain/1/w/{sent++}", "1");
        }

        Assert.True(_one.Session.Output.HasRoomForAnswer);
        Assert.Equal(sent - 1, _one.TakeEvents().Length);
        _store.TellAll(_one.Session);
        Assert.Equal(["w|t|", "v|t|"], _one.TakeEvents());
    }

    [Fact]
    public void A_long_directory_comes_in_parts()
    {
        for (int i = 0; i < 60; i++)
        {
            _tools.Write("/long/" + new string('n', 100) + i, "");
        }

        Assert.Equal("E2BIG|", _tools.List("/long"));
        string all = "";
        string part;
        do
        {
            part = _tools.Ask(StoreRequest.DirectoryPart, $"/long|{all.Length}|");
            part = part[(part.IndexOf('|', StringComparison.Ordinal) + 1)..];
            all += part;
        }
        while (part.Length != 0 && !part.EndsWith("||", StringComparison.Ordinal) && part != "|");
        Assert.Equal(60, all.TrimEnd('|').Split('|').Length);
    }

    [Fact]
    public void Domains_are_found_by_their_number()
    {
        Assert.Equal("/local/domain/7|", _one.Ask(StoreRequest.GetDomainPath, "7|"));
        Assert.Equal("T|", _one.Ask(StoreRequest.IsDomainIntroduced, "2|"));
        _store.Release(_two.Session);
        Assert.Equal("F|", _one.Ask(StoreRequest.IsDomainIntroduced, "2|"));
        Assert.Equal("F|", _one.Ask(StoreRequest.IsDomainIntroduced, "99|"));
    }

    [Theory]
    [InlineData(StoreRequest.Introduce)]
    [InlineData(StoreRequest.Release)]
    [InlineData(StoreRequest.Resume)]
    [InlineData(StoreRequest.SetTarget)]
    [InlineData(StoreRequest.Control)]
    public void What_is_the_administrators_is_refused_to_others(object request)
        => Assert.Equal("EACCES|", _one.Ask((StoreRequest)request, "1|"));

    [Theory]
    [InlineData(15u)]
    [InlineData(16u)]
    [InlineData(20u)]
    [InlineData(99u)]
    [InlineData(uint.MaxValue)]
    public void What_is_no_request_is_answered_so(uint request) => Assert.Equal("ENOSYS|", _one.Ask((StoreRequest)request, "|"));

    [Fact]
    public void Nothing_is_allocated()
    {
        byte[] write = "a/b/c\0value"u8.ToArray();
        byte[] path = "a/b/c\0"u8.ToArray();
        byte[] watch = "a\0t\0"u8.ToArray();
        for (int i = 0; i < 3; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Run(StoreRequest.Watch, watch, 0);
            Run(StoreRequest.Write, write, 0);
            Run(StoreRequest.TransactionStart, "\0"u8, 0);
            uint id = (uint)i + 1;
            Run(StoreRequest.Write, write, id);
            Run(StoreRequest.Read, path, id);
            Run(StoreRequest.Remove, path, id);
            Run(StoreRequest.TransactionEnd, "T\0"u8, id);
            Run(StoreRequest.Unwatch, watch, 0);
            Run(StoreRequest.Read, path, 0);
            Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
            _one.Take();
        }
    }

    private void Run(StoreRequest request, ReadOnlySpan<byte> payload, uint transaction)
        => _store.Handle(_one.Session, new StoreHeader(request, 1, transaction, (uint)payload.Length), payload);
}
