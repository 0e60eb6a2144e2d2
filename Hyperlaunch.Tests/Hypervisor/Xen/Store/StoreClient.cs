using System;
using System.Collections.Generic;
using System.Text;
using Hyperlaunch.Hypervisor.Xen.Store;

namespace Hyperlaunch.Tests.Hypervisor.Xen.Store;

/// <summary>A domain that talks to a store, in strings: a zero is written as a bar.</summary>
internal sealed class StoreClient : IStoreWaker
{
    private readonly XenStore _store;

    public StoreClient(XenStore store, uint domid, bool isAdministrator = false)
    {
        _store = store;
        Session = new StoreSession(domid, isAdministrator, this);
        store.TryAdd(Session);
        store.Introduce(Session);
        Session.Output.Clear();
    }

    public StoreSession Session { get; }

    public int Wakes { get; private set; }

    /// <summary>Answers and events that came before the one that was waited for.</summary>
    public List<string> Events { get; } = [];

    public void Wake() => Wakes++;

    /// <summary>Asks; answers with what comes, of a refusal its name.</summary>
    public string Ask(StoreRequest type, string payload, uint transaction = 0)
    {
        byte[] bytes = Bytes(payload);
        _store.Handle(Session, new StoreHeader(type, 77, transaction, (uint)bytes.Length), bytes);
        (StoreHeader Header, string Payload)? answer = null;
        foreach ((StoreHeader header, string text) in Take())
        {
            if (header.Type == StoreRequest.WatchEvent)
            {
                Events.Add(text);
            }
            else
            {
                answer = (header, text);
            }
        }

        return answer!.Value.Header.Request == 77
            ? answer.Value.Payload
            : throw new InvalidOperationException("Another's answer.");
    }

    /// <summary>What waits, as it is on the wire.</summary>
    public List<(StoreHeader Header, string Payload)> Take()
    {
        List<byte> bytes = [];
        while (Session.Output.Count != 0)
        {
            ReadOnlySpan<byte> first = Session.Output.First;
            bytes.AddRange(first.ToArray());
            Session.Output.Drop(first.Length);
        }

        List<(StoreHeader, string)> messages = [];
        ReadOnlySpan<byte> rest = bytes.ToArray();
        while (rest.Length > 0)
        {
            StoreHeader header = new(rest);
            messages.Add((header, Text(rest.Slice(StoreHeader.Size, (int)header.Length))));
            rest = rest.Slice(StoreHeader.Size + (int)header.Length);
        }

        return messages;
    }

    /// <summary>The events that came since the last time.</summary>
    public string[] TakeEvents()
    {
        foreach ((_, string text) in Take())
        {
            Events.Add(text);
        }

        string[] events = [.. Events];
        Events.Clear();
        return events;
    }

    public string Read(string path, uint transaction = 0) => Ask(StoreRequest.Read, path + "|", transaction);

    public string Write(string path, string value, uint transaction = 0)
        => Ask(StoreRequest.Write, path + "|" + value, transaction);

    public string List(string path, uint transaction = 0) => Ask(StoreRequest.Directory, path + "|", transaction);

    public string Remove(string path, uint transaction = 0) => Ask(StoreRequest.Remove, path + "|", transaction);

    public string Make(string path, uint transaction = 0) => Ask(StoreRequest.MakeDirectory, path + "|", transaction);

    public string Permit(string path, params string[] permissions)
        => Ask(StoreRequest.SetPermissions, path + "|" + string.Concat(Array.ConvertAll(permissions, entry => entry + "|")));

    public string Permissions(string path) => Ask(StoreRequest.GetPermissions, path + "|");

    public string Watch(string path, string token = "t") => Ask(StoreRequest.Watch, $"{path}|{token}|");

    public uint Start() => uint.Parse(Ask(StoreRequest.TransactionStart, "|").TrimEnd('|'), null);

    public string End(uint transaction, bool commits = true)
        => Ask(StoreRequest.TransactionEnd, commits ? "T|" : "F|", transaction);

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text.Replace('|', '\0'));

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes).Replace('\0', '|');
}
