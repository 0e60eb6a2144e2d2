using Hyperlaunch.Domains.Console;
using Hyperlaunch.Domains.Control;
using Hyperlaunch.Domains.Execution;
using Hyperlaunch.Domains.Passthrough;
using Hyperlaunch.Domains.Plan;
using Hyperlaunch.Domains.Platform;

namespace Hyperlaunch.Domains.Launch;

/// <summary>One domain: its plan, its console, and, once it has been built, its running part.</summary>
public sealed class Domain : IConsoleInput, ISerialSink
{
    private const DomainRoles WithControlChannel = DomainRoles.Boot | DomainRoles.Control | DomainRoles.Recovery;

    private readonly string _inputName;

    /// <summary>Makes a domain of its plan; nothing is built yet.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="prefixByName">Whether its lines on the console begin with its name, and not with its number.</param>
    public Domain(DomainPlan plan, bool prefixByName = false)
    {
        Plan = plan;
        CommandLine = plan.CommandLine;
        VirtualCpus = (int)plan.VirtualCpus;
        Console = new DomainConsole(prefixByName ? "(" + plan.Name + ") " : "(d" + plan.Id.Value + ") ");
        RoleNames = DomainRoleNames.List(plan.Roles);
        if ((plan.Roles & WithControlChannel) != 0)
        {
            Channel = new ControlChannel();
            Session = new ControlSession(plan.Name, (int)plan.Id.Value, plan.Roles, Channel);
        }

        _inputName = "domain " + plan.Id.Value + " (" + plan.Name + ")";
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
    public string CommandLine { get; internal set; }

    /// <summary>How many processors it is built with: the plan's number, or what the boot domain set.</summary>
    public int VirtualCpus { get; internal set; }

    /// <summary>Its output on the machine's console.</summary>
    public DomainConsole Console { get; }

    /// <summary>The far end of its second serial port, over which it gives commands; null when no role of its lets it give any.</summary>
    public ControlChannel? Channel { get; }

    /// <summary>The commands that it gives there; null likewise.</summary>
    internal ControlSession? Session { get; }

    /// <summary>Where it is in its life.</summary>
    public DomainState State { get; internal set; }

    /// <summary>Whether it has ever run.</summary>
    public bool WasStarted { get; internal set; }

    /// <summary>When its present life began, in the clock's nanoseconds.</summary>
    internal ulong StartedAt { get; set; }

    /// <summary>How often it has been built again.</summary>
    public uint Restarts { get; internal set; }

    /// <summary>How many of its latest lives ended in a failure soon after their start.</summary>
    internal int ShortLives { get; set; }

    /// <summary>Whether it is to be built again as soon as its memory is scrubbed.</summary>
    internal bool IsRestartRequested { get; set; }

    /// <summary>Whether its present life, or the attempt to build it, ended in a failure.</summary>
    public bool HasFailed { get; internal set; }

    /// <summary>Its running part; null until it has been built for the first time.</summary>
    public VirtualMachine? Machine { get; internal set; }

    /// <summary>The machine's devices, when it is the hardware domain and has been built; otherwise null.</summary>
    public HardwareAccess? Hardware { get; internal set; }

    /// <summary>Whether it runs or could be let run.</summary>
    internal bool IsAlive => State is DomainState.Running or DomainState.Paused;

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
    public bool IsStale => false;

    /// <inheritdoc/>
    public void Put(byte value) => Console.TryPut(value);

    /// <inheritdoc/>
    public void OnReceiverEmptied()
    {
    }
}
