namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>
/// What becomes of grants when a domain ends, or gives all of them back: it is in nobody's memory any more, and nobody is in its.
/// No gate is held where this is called.
/// </summary>
internal static class GrantEnd
{
    /// <summary>
    /// Takes back what a domain has granted, and gives back what it has mapped. When it returns no processor of any domain can
    /// reach what is not its own by them, so that the domain's memory can be scrubbed.
    /// </summary>
    public static void Release(XenDomains domains, XenDomain domain)
    {
        domain.Grants.Gate.Enter();
        domain.Grants.Close();
        domain.Grants.Gate.Exit();
        for (int i = 0; i < domains.Capacity; i++)
        {
            XenDomain? other = domains[i];
            if (other is null || ReferenceEquals(other, domain))
            {
                continue;
            }

            other.Grants.Gate.Enter();
            bool isSeen = other.Mappings.Revoke(domain.Domid);
            if (isSeen)
            {
                other.Machine.InvalidateTranslations();
            }

            other.Grants.Gate.Exit();
            if (isSeen)
            {
                other.Machine.AwaitStaleTranslations();
            }
        }

        GiveBack(domains, domain);
    }

    // The domain's processors are at rest, or one of them waits in a call for this; others may end mappings at the same time.
    private static void GiveBack(XenDomains domains, XenDomain domain)
    {
        ForeignMappings mappings = domain.Mappings;
        domain.Grants.Gate.Enter();
        if (mappings.Count == 0)
        {
            domain.Grants.Gate.Exit();
            return;
        }

        for (int i = 0; i < mappings.Capacity; i++)
        {
            mappings.TryHide(i);
        }

        domain.Machine.InvalidateTranslations();
        domain.Grants.Gate.Exit();
        domain.Machine.AwaitStaleTranslations();
        for (int i = 0; i < mappings.Capacity; i++)
        {
            domain.Grants.Gate.Enter();
            ForeignMapping ended = mappings[i];
            if (ended.State == ForeignMappingState.Ending)
            {
                mappings.Free(i);
            }

            domain.Grants.Gate.Exit();
            GrantTable? grants = ended.State == ForeignMappingState.Ending ? domains.Find(ended.Granter)?.Grants : null;
            if (grants is not null)
            {
                grants.Gate.Enter();
                grants.EndUse(ended.Reference, ended.IsWriting, ended.Life);
                grants.Gate.Exit();
            }
        }
    }
}
