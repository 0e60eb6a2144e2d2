namespace Hyperlaunch.Domains.Plan;

/// <summary>
/// Decides each domain's kernel command line: the boot loader's string, or else <c>bootargs</c> of the kernel's node.
/// </summary>
internal static class CommandLines
{
    /// <summary>The word that menu entries write first where older boot loaders drop one.</summary>
    internal const string Placeholder = "placeholder";

    internal static void Apply(DomainDraft[] domains, PlanProblems problems)
    {
        for (int i = 0; i < domains.Length; i++)
        {
            DomainDraft domain = domains[i];
            string loader = domain.Kernel is null ? "" : WithoutPlaceholder(domain.Kernel.Module.CommandLine);
            domain.CommandLine = loader.Length > 0 ? loader : domain.CommandLineOfTree;
            if (loader.Length > 0 && domain.CommandLineOfTree.Length > 0 && loader != domain.CommandLineOfTree)
            {
                problems.Report(
                    ProblemRule.CommandLineTwice, domain.KernelPath, "bootargs",
                    PlanText.Quote(domain.CommandLineOfTree), "", PlanText.Quote(loader));
            }
        }
    }

    /// <summary>A module's string without a placeholder at its front.</summary>
    internal static string WithoutPlaceholder(string text)
    {
        if (text == Placeholder)
        {
            return "";
        }

        int length = Placeholder.Length;
        bool isFirst = text.Length > length && text[length] == ' ' && text.Substring(0, length) == Placeholder;
        return isFirst ? text.Substring(length + 1).TrimStart(' ') : text;
    }
}
