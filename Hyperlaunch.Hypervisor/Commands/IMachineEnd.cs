using Hyperlaunch.Domains.Plan;

namespace Hyperlaunch.Hypervisor.Commands;

/// <summary>Ends the machine when somebody says so.</summary>
internal interface IMachineEnd
{
    /// <summary>Ends it as soon as the console is empty.</summary>
    /// <param name="action">How.</param>
    /// <param name="reason">Why, a word of the record.</param>
    void End(EndAction action, string reason);
}
