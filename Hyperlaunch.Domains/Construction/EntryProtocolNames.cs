namespace Hyperlaunch.Domains.Construction;

/// <summary>The words for entry protocols on the console.</summary>
public static class EntryProtocolNames
{
    /// <summary>The word, such as <c>pvh</c>.</summary>
    public static string Name(EntryProtocol protocol) => protocol switch
    {
        EntryProtocol.LinuxLongMode => "linux64",
        EntryProtocol.LinuxProtectedMode => "linux32",
        EntryProtocol.Pvh => "pvh",
        _ => "none",
    };
}
