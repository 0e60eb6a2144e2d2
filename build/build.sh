#!/usr/bin/env bash
# Builds the kernel, fetches the sample guest and makes the ISO; runs nothing. It leaves in build/out/:
#   hyperlaunch.elf   boots by GRUB's multiboot2 and by QEMU's -kernel
#   hyperlaunch.iso   GRUB for BIOS and UEFI, the sample configuration, the sample guest as dom0
# What has not changed is not built again.  build/build.sh --kernel stops after the kernel.
. "$(dirname "$0")/lib.sh"
only_kernel=
case ${1-} in
  -h | --help) usage "$0" && exit ;;
  --kernel) only_kernel=yes ;;
  '') ;;
  *) die "does not know $1; see --help." ;;
esac

dotnet_sdk
if [ -n "$only_kernel" ]; then packages kernel; else packages kernel guest lcm iso; fi
step "Building the kernel" dotnet build "$root/Hyperlaunch.Kernel" -c Release -v quiet -clp:NoSummary
[ -z "$only_kernel" ] || exit 0

"$build/fetch-guest.sh"
build_hyperlaunch
step "Making the ISO" hyperlaunch iso "$build/samples/seed-dom0.dts" "$cache/guest/vmlinuz=$guest_cmdline" "$cache/guest/initrd" \
  --hypervisor "$out/hyperlaunch.elf" -o "$out/hyperlaunch.iso"
