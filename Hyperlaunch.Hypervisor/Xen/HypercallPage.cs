using System;
using Hyperlaunch.Domains.Construction;
using Hyperlaunch.Machine.Memory;

namespace Hyperlaunch.Hypervisor.Xen;

/// <summary>
/// The page of code that a guest asks for by an MSR: a slot of 32 bytes for each hypercall, so that it need not know which
/// instruction the processor has (Xen public/arch-x86/cpuid.h, leaf 2).
/// </summary>
internal static class HypercallPage
{
    private const int SlotSize = 32;

    /// <summary>HYPERVISOR_iret: only a paravirtualized kernel may call it.</summary>
    private const int ReturnSlot = 23;

    /// <summary>Writes the page into the guest's memory. The caller holds the domain's gate.</summary>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="address">The page's address.</param>
    /// <param name="isAmd">Whether the processor has VMMCALL, and not VMCALL.</param>
    /// <returns>False when the page is no memory of the guest's.</returns>
    public static bool TryWrite(GuestMemory memory, GuestAddress address, bool isAmd)
    {
        if (!memory.TryGetSpan(address, (int)PageSizes.Page, out Span<byte> page))
        {
            return false;
        }

        for (int i = 0; i < (int)PageSizes.Page / SlotSize; i++)
        {
            Span<byte> slot = page.Slice(i * SlotSize, SlotSize);
            slot.Clear();
            if (i == ReturnSlot)
            {
                // UD2
                slot[0] = 0x0F;
                slot[1] = 0x0B;
                continue;
            }

            // MOV EAX, number; VMMCALL or VMCALL; RET
            slot[0] = 0xB8;
            slot[1] = (byte)i;
            slot[5] = 0x0F;
            slot[6] = 0x01;
            slot[7] = isAmd ? (byte)0xD9 : (byte)0xC1;
            slot[8] = 0xC3;
        }

        return true;
    }
}
