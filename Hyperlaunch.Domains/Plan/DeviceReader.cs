using System;
using Hyperlaunch.Machine.Text;

namespace Hyperlaunch.Domains.Plan;

/// <summary>Reads the nodes of a domain that are devices which another domain gives it.</summary>
internal static class DeviceReader
{
    private const int AddressSize = 6;
    private const int LongestText = 255;

    /// <summary>Reads a child of a domain's node.</summary>
    /// <returns>False when it is no device.</returns>
    internal static bool TryRead(NodeReader reader, DomainDraft domain)
    {
        bool isDisk = reader.Node.IsCompatible("hyperlaunch,disk"u8);
        if (!isDisk && !reader.Node.IsCompatible("hyperlaunch,network"u8))
        {
            return false;
        }

        PropertyNames.ReportUnknown(reader, isDisk ? PropertyNames.Disk : PropertyNames.Network, LaunchDialect.Year2021);
        int count = 0;
        for (int i = 0; i < domain.Devices.Count; i++)
        {
            count += domain.Devices[i].IsDisk == isDisk ? 1 : 0;
        }

        int most = isDisk ? DiskPlan.Maximum : NetworkPlan.Maximum;
        if (count == most)
        {
            reader.Report(
                ProblemRule.TooManyDevices, "", "a device after " + NumberText.Decimal((uint)most) + " of its kind",
                "at most " + NumberText.Decimal((uint)most));
            return true;
        }

        DeviceDraft device = new(reader.Path, isDisk);
        bool isWhole = ReadBackend(reader, device) & (isDisk ? ReadDisk(reader, device) : ReadNetwork(reader, device));
        if (isWhole)
        {
            domain.Devices.Add(device);
        }

        return true;
    }

    private static bool ReadBackend(NodeReader reader, DeviceDraft device)
    {
        if (!reader.Has("hyperlaunch,backend"u8))
        {
            reader.Report(ProblemRule.DeviceBackend, "hyperlaunch,backend", "nothing", "<&NODE>, the node of a domain");
            return false;
        }

        bool isRead = reader.TryU32("hyperlaunch,backend"u8, out uint handle);
        device.BackendHandle = handle;
        return isRead;
    }

    private static bool ReadDisk(NodeReader reader, DeviceDraft device)
    {
        device.IsReadOnly = reader.TryFlag("read-only"u8);
        if (!TryText(reader, "hyperlaunch,source"u8, out string source) || source.Length == 0)
        {
            reader.Report(
                ProblemRule.DiskSource, "hyperlaunch,source", source.Length == 0 ? "nothing" : "a longer text",
                "the path of a block device or a file in the backend, of at most 255 characters");
            return false;
        }

        reader.TryString("hyperlaunch,target"u8, out string target);
        device.Source = source;
        device.Target = target;
        if (DiskTarget.TryParse(target, out uint number))
        {
            device.VirtualDevice = number;
            return true;
        }

        reader.Report(
            ProblemRule.DiskTarget, "hyperlaunch,target", target.Length == 0 ? "nothing" : PlanText.Quote(target),
            "\"xvda\" to \"xvdzz\", with the number of a partition or without");
        return false;
    }

    private static bool ReadNetwork(NodeReader reader, DeviceDraft device)
    {
        bool isWhole = TryText(reader, "hyperlaunch,bridge"u8, out string bridge);
        device.Bridge = bridge;
        if (!isWhole)
        {
            reader.Report(
                ProblemRule.BridgeName, "hyperlaunch,bridge", "a longer text", "the name of a bridge in the backend");
        }

        if (!reader.Node.TryGetBytes("local-mac-address"u8, out ReadOnlySpan<byte> bytes).IsPresent)
        {
            return isWhole;
        }

        for (int i = 0; i < bytes.Length && i < AddressSize; i++)
        {
            device.Address = (device.Address << 8) | bytes[i];
        }

        // The lowest bit of the first byte is a group's (IEEE 802, 8.2).
        device.HasAddress = bytes.Length == AddressSize && (bytes[0] & 1) == 0 && device.Address != 0;
        if (!device.HasAddress)
        {
            reader.Report(
                ProblemRule.HardwareAddress, "local-mac-address",
                bytes.Length == AddressSize ? "a group's address, or none" : PlanText.Bytes(bytes.Length),
                "6 bytes, of which the first is even");
        }

        return isWhole && device.HasAddress;
    }

    // A text that is absent is empty.
    private static bool TryText(NodeReader reader, ReadOnlySpan<byte> name, out string text)
        => (!reader.TryString(name, out text) && !reader.Has(name)) || (text.Length is > 0 and <= LongestText);
}
