namespace Hyperlaunch.Hypervisor.Console;

/// <summary>Who receives what is typed at the machine's console.</summary>
internal interface IConsoleInput
{
    /// <summary>The name shown when the input is switched here.</summary>
    string InputName { get; }

    /// <summary>Takes a typed byte.</summary>
    /// <returns>False when there is no room: the byte will be offered again.</returns>
    bool TryReceive(byte value);
}
