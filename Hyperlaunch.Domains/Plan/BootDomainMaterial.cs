using System.Text;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Machine.Text;
using Hyperlaunch.Modules.Boot;

namespace Hyperlaunch.Domains.Plan;

/// <summary>Gathers what a domain with the boot role is handed; any other domain gets nothing.</summary>
public static class BootDomainMaterial
{
    /// <summary>
    /// Gathers it. Allocates the list of modules, which is the same from the check of the plan to the launch.
    /// </summary>
    /// <param name="roles">The domain's roles.</param>
    /// <param name="configuration">The configuration that its node names, or null.</param>
    /// <param name="modules">Every module of the launch, the Launch Control Module first.</param>
    /// <param name="bytes">Access to the modules' bytes.</param>
    public static BootMaterial Of(DomainRoles roles, BootModule? configuration, ModuleUse[] modules, IModuleBytes bytes)
    {
        if (!RolePolicy.RunsInPreparation(roles) || modules.Length == 0 || modules[0].Kind != ModuleKind.LaunchControlModule)
        {
            return default;
        }

        byte[] list = List(modules);
        return configuration is null
            ? new BootMaterial(bytes.Get(modules[0].Module), list)
            : new BootMaterial(bytes.Get(modules[0].Module), list, bytes.Get(configuration));
    }

    private static byte[] List(ModuleUse[] modules)
    {
        StringBuilder text = new();
        for (int i = 0; i < modules.Length; i++)
        {
            ModuleListText.Append(text, modules[i].Module, modules[i].Kind);
        }

        return Latin1.ToBytes(text.ToString());
    }
}
