using System;
using Hyperlaunch.Modules.Images;

namespace Hyperlaunch.Domains.Construction;

/// <summary>The ways in which kernels are started: a protocol is a class, and a line here.</summary>
internal static class GuestBoots
{
    private static readonly GuestBoot[] s_all =
    {
        new LinuxBoot(),
        new PvhBoot(),
    };

    /// <summary>The protocol that starts a kernel.</summary>
    /// <exception cref="InvalidOperationException">
    /// A broken invariant: an image was accepted that nothing here can start.
    /// </exception>
    public static GuestBoot For(in KernelImage kernel)
    {
        for (int i = 0; i < s_all.Length; i++)
        {
            if (s_all[i].IsFor(kernel))
            {
                return s_all[i];
            }
        }

        throw new InvalidOperationException("GuestBoots: no protocol starts this image.");
    }
}
