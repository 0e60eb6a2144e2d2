using Hyperlaunch.Domains.Boot;
using Hyperlaunch.Domains.Construction;

namespace Hyperlaunch.Domains.Plan;

/// <summary>Gathers what a domain with the boot role is handed; any other domain gets nothing.</summary>
internal static class BootDomainMaterial
{
    /// <summary>
    /// Gathers it. Allocates the list of modules, which is the same from the check of the plan to the launch.
    /// </summary>
    /// <param name="domain">The domain.</param>
    /// <param name="modules">Every module of the launch, the Launch Control Module first.</param>
    /// <param name="bytes">Access to the modules' bytes.</param>
    internal static BootMaterial Of(DomainPlan domain, BootModule[] modules, IModuleBytes bytes)
    {
        if (!RolePolicy.RunsInPreparation(domain.Roles) || modules.Length == 0 || modules[0].Kind != ModuleKind.LaunchControlModule)
        {
            return default;
        }

        byte[] list = ModuleListText.Write(modules);
        return domain.Configuration == null
            ? new BootMaterial(bytes.Get(modules[0]), list)
            : new BootMaterial(bytes.Get(modules[0]), list, bytes.Get(domain.Configuration));
    }
}
