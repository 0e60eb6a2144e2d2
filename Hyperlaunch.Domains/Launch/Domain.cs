using Hyperlaunch.Domains.Console;
using Hyperlaunch.Domains.Execution;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Domains.Platform;

namespace Hyperlaunch.Domains.Launch;

/// <summary>One domain: its plan, its console, and, once it has been built, its running part.</summary>
public sealed class Domain : IConsoleInput, ISerialSink
{
    private readonly string _inputName;

    /// <summary>Makes a domain of its plan; nothing is built yet.</summary>
    public Domain(DomainPlan plan)
    {
        Plan = plan;
        Console = new DomainConsole("(d" + plan.Id.Value + ") ");
        _inputName = "domain " + plan.Id.Value + " (" + plan.Name + ")";
    }

    /// <summary>What it was planned as.</summary>
    public DomainPlan Plan { get; }

    /// <summary>Its number.</summary>
    public uint Id => Plan.Id.Value;

    /// <summary>Its name.</summary>
    public string Name => Plan.Name;

    /// <summary>Its output on the machine's console.</summary>
    public DomainConsole Console { get; }

    /// <summary>Where it is in its life.</summary>
    public DomainState State { get; internal set; }

    /// <summary>Its running part; null until it has been built for the first time.</summary>
    public VirtualMachine? Machine { get; internal set; }

    /// <inheritdoc/>
    public string InputName => _inputName;

    /// <inheritdoc/>
    public bool TryReceive(byte value)
    {
        // What is typed at a domain that does not run goes nowhere.
        return State != DomainState.Running || Machine is null || Machine.TryReceiveSerial(value);
    }

    /// <inheritdoc/>
    public bool IsReady => Console.HasRoom;

    /// <inheritdoc/>
    public void Put(byte value) => Console.TryPut(value);
}
