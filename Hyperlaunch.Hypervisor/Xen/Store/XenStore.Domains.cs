using System;

namespace Hyperlaunch.Hypervisor.Xen.Store;

/// <content>Domains, as the store knows them.</content>
internal sealed partial class XenStore
{
    /// <summary>A domain has come to life: it is there, and whoever watches for that is told. The gate is held.</summary>
    public void Introduce(StoreSession session)
    {
        session.Reset();
        session.Output.Clear();
        session.IsIntroduced = true;
        Fire(StorePath.IntroduceDomain, null);
    }

    /// <summary>
    /// A domain has ended: its watches and transactions are gone; its nodes are its makers' to remove. The gate is held.
    /// </summary>
    public void Release(StoreSession session)
    {
        session.Reset();
        session.Output.Clear();
        session.IsIntroduced = false;
        Fire(StorePath.ReleaseDomain, null);
    }

    /// <summary>Whether a domain lives that talks to the store. The gate is held.</summary>
    public bool IsIntroduced(uint domid) => SessionOf(domid) is { IsIntroduced: true };

    private StoreError OfDomains(StoreSession session, StoreRequest request, ReadOnlySpan<byte> payload, out int length)
    {
        length = 0;
        bool isNumber = StorePath.TryReadNumber(FirstString(payload), out uint domid);
        switch (request)
        {
            case StoreRequest.GetDomainPath:
                if (!isNumber)
                {
                    return StoreError.Invalid;
                }

                length = StorePath.WriteDomain(domid, _answer);
                _answer[length++] = 0;
                return StoreError.None;
            case StoreRequest.IsDomainIntroduced:
                if (!isNumber)
                {
                    return StoreError.Invalid;
                }

                (SessionOf(domid) is { IsIntroduced: true } ? "T\0"u8 : "F\0"u8).CopyTo(_answer);
                length = 2;
                return StoreError.None;
            case StoreRequest.Introduce:
            case StoreRequest.Release:
            case StoreRequest.Resume:
            case StoreRequest.SetTarget:
                // Domains come and go with the hypervisor that keeps the store: there is nothing to be done for them.
                return !session.IsAdministrator ? StoreError.Access
                    : !isNumber ? StoreError.Invalid
                    : SessionOf(domid) is null ? StoreError.NoEntry
                    : Okay(StoreError.None, ref length);
            case StoreRequest.Control:
                return session.IsAdministrator ? StoreError.Invalid : StoreError.Access;
            default:
                return StoreError.NoSuchRequest;
        }
    }
}
