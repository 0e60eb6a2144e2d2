namespace Hyperlaunch.Tests.Architecture;

/// <summary>A place in an assembly that breaks a rule of the subset.</summary>
/// <param name="Rule">The rule's name.</param>
/// <param name="Member">The method, or the type or field where there is no method.</param>
/// <param name="Instruction">The instruction with its offset, or what else it is.</param>
internal sealed record Breach(string Rule, string Member, string Instruction)
{
    public override string ToString() => $"{Rule}: {Member}: {Instruction}";
}
