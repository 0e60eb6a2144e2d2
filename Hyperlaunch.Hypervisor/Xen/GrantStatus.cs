namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>What one operation of a grant_table_op answers (Xen public/grant_table.h, GNTST).</summary>
internal static class GrantStatus
{
    /// <summary>It is done.</summary>
    public const short Okay = 0;

    /// <summary>It may not be done so.</summary>
    public const short GeneralError = -1;

    /// <summary>There is no such domain, or it has ended.</summary>
    public const short BadDomain = -2;

    /// <summary>The domain's table has no such entry.</summary>
    public const short BadReference = -3;

    /// <summary>Nothing is mapped under this handle.</summary>
    public const short BadHandle = -4;

    /// <summary>It is not mapped there, or nothing can be.</summary>
    public const short BadAddress = -5;

    /// <summary>There is no handle left, or no page for a table.</summary>
    public const short NoSpace = -7;

    /// <summary>Only its own domain may name that page so.</summary>
    public const short PermissionDenied = -8;

    /// <summary>The page is no memory of the domain.</summary>
    public const short BadPage = -9;

    /// <summary>What is to be copied crosses a page's end.</summary>
    public const short BadCopy = -10;
}
