using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Hypervisor.Passthrough;

namespace Hyperlaunch.Hypervisor.Launch;

/// <summary>One domain that has been built: its plan, its running part, its console, and where it is in its life.</summary>
internal sealed class Domain : IConsoleInput
{
    /// <summary>Puts a domain together. Only <see cref="DomainFactory"/> does.</summary>
    /// <param name="plan">What it was planned as.</param>
    /// <param name="machine">Its running part.</param>
    /// <param name="hardware">The machine's devices, when it has them.</param>
    /// <param name="console">Its output on the machine's console.</param>
    /// <param name="channel">The far end of its second serial port, when it has one.</param>
    internal Domain(DomainPlan plan, VirtualMachine machine, HardwareAccess? hardware, DomainConsole console,
        ControlChannel? channel)
    {
        Plan = plan;
        Machine = machine;
        Hardware = hardware;
        Console = console;
        Channel = channel;
        Session = channel is null ? null : new ControlSession(new ControlCaller((int)plan.Id.Value, plan.Roles), channel);
        CommandLine = plan.CommandLine;
        VirtualCpus = (int)plan.VirtualCpus;
        RoleNames = DomainRoleNames.List(plan.Roles);
        InputName = "domain " + plan.Id.Value + " (" + plan.Name + ")";
    }

    /// <summary>What it was planned as.</summary>
    public DomainPlan Plan { get; }

    /// <summary>Its number.</summary>
    public uint Id => Plan.Id.Value;

    /// <summary>Its name.</summary>
    public string Name => Plan.Name;

    /// <summary>The names of its roles, separated by commas; <c>none</c> when it has none.</summary>
    public string RoleNames { get; }

    /// <summary>The command line that it is built with: the plan's, or what the boot domain set.</summary>
    public string CommandLine { get; private set; }

    /// <summary>How many processors it is built with: the plan's number, or what the boot domain set.</summary>
    public int VirtualCpus { get; private set; }

    /// <summary>Its running part.</summary>
    public VirtualMachine Machine { get; }

    /// <summary>The machine's devices, when it is the hardware domain; otherwise null.</summary>
    public HardwareAccess? Hardware { get; }

    /// <summary>Its output on the machine's console.</summary>
    public DomainConsole Console { get; }

    /// <summary>
    /// The far end of its second serial port, over which it gives commands; null when no role of its lets it give any.
    /// </summary>
    public ControlChannel? Channel { get; }

    /// <summary>The commands that it gives there; null likewise.</summary>
    internal ControlSession? Session { get; }

    /// <summary>Where it is in its life.</summary>
    public DomainLife Life { get; } = new();

    /// <inheritdoc/>
    public string InputName { get; }

    /// <inheritdoc/>
    public bool TryReceive(byte value)
    {
        // What is typed at a domain that does not run goes nowhere.
        return Life.State != DomainState.Running
            || (Console.SpeaksByRing ? Machine.TryReceiveByRing(value) : Machine.TryReceiveSerial(value));
    }

    /// <summary>Says what it is built with from the next time on.</summary>
    /// <param name="commandLine">The command line.</param>
    /// <param name="virtualCpus">The number of processors, 1 to the plan's.</param>
    internal void Configure(string commandLine, int virtualCpus)
    {
        CommandLine = commandLine;
        VirtualCpus = virtualCpus;
    }
}
