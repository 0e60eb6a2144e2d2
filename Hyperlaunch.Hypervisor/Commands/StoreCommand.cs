using System;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Launch;
using Hyperlaunch.Hypervisor.Xen.Store;

namespace Hyperlaunch.Hypervisor.Commands;

/// <summary>The store that domains have in common: a node's value and what is below it, or a change of it.</summary>
internal sealed class StoreCommand : ControlCommand
{
    private readonly DomainSet _launch;

    public StoreCommand(DomainSet launch)
        : base("store", "PATH [VALUE | rm]", "a node of the store and what is below it; or write it, or remove it",
            RolePolicy.Pausing)
    {
        _launch = launch;
    }

    /// <inheritdoc/>
    public override string Begin(ControlSession session, ref Words words)
    {
        XenStore? store = _launch.Store;
        ReadOnlySpan<byte> path = words.Next();
        ReadOnlySpan<byte> value = words.Rest();
        if (store is null)
        {
            return "There is no store: the machine cannot run domains.";
        }

        store.Gate.Enter();
        session.Subject = StoreTree.None;
        bool isDone = true;
        if (value.SequenceEqual("rm"u8))
        {
            store.Remove(path);
        }
        else if (value.Length > 0)
        {
            isDone = store.TryWrite(path, value);
        }
        else
        {
            isDone = store.TryFind(path, out int node);
            session.Subject = node;
        }

        store.Gate.Exit();
        return isDone ? "" : "There is no such node; a path is like /local/domain/1/name.";
    }

    /// <inheritdoc/>
    public override bool TryAnswer(ControlSession session, RecordLine answer)
    {
        if (session.Subject == StoreTree.None)
        {
            return false;
        }

        XenStore store = _launch.Store!;
        store.Gate.Enter();
        bool isThere = true;
        if (session.Progress == 0)
        {
            answer.AddQuoted("value", store.ValueOf(session.Subject));
        }
        else
        {
            isThere = store.TryGetChild(session.Subject, session.Progress - 1, out int child);
            if (isThere)
            {
                answer.AddQuoted("name", store.NameOf(child));
                answer.AddQuoted("value", store.ValueOf(child));
            }
        }

        session.Progress++;
        store.Gate.Exit();
        return isThere;
    }
}
