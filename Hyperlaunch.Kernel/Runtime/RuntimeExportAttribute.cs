namespace System.Runtime;

/// <summary>
/// Gives a method a symbol of this name, which assembly and CoreLib call. ilc knows the attribute by its full name.
/// </summary>
[AttributeUsage(AttributeTargets.Method, Inherited = false)]
internal sealed class RuntimeExportAttribute(string entry) : Attribute
{
    /// <summary>The symbol.</summary>
    public string Entry { get; } = entry;
}
