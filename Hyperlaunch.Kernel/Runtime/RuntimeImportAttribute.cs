namespace System.Runtime;

/// <summary>
/// Binds an <c>extern</c> method to a symbol of the image: a plain call, without the transition of a P/Invoke. ilc knows the
/// attribute by its full name.
/// </summary>
[AttributeUsage(AttributeTargets.Method, Inherited = false)]
internal sealed class RuntimeImportAttribute(string library, string entry) : Attribute
{
    /// <summary>Always "*": the image itself.</summary>
    public string Library { get; } = library;

    /// <summary>The symbol.</summary>
    public string Entry { get; } = entry;
}
