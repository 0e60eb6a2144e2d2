#!/usr/bin/env bash
# Builds the kernel, fetches the sample guest and makes the ISO; runs nothing. It leaves in build/out/:
#   hyperlaunch.elf   boots by GRUB's multiboot2 and by QEMU's -kernel
#   hyperlaunch.iso   GRUB for BIOS and UEFI, the sample configuration, the sample guest as dom0
# build/build.sh --kernel stops after the kernel.
# What has not changed is not built again: 1 s with nothing to do, at most 20 s after a change of one file, some 2 minutes
# from a fresh clone. It leaves out the analyzers and the style, which build/test.sh checks.
. "$(dirname "$0")/lib.sh"
only_kernel=
case ${1-} in
  -h | --help) usage "$0" && exit ;;
  --kernel) only_kernel=yes ;;
  '') ;;
  *) die "does not know $1; see --help." ;;
esac

dotnet_sdk
kernel=$out/hyperlaunch.elf
if [ -n "$only_kernel" ]; then
  packages kernel
  build_project "Building the kernel" Hyperlaunch.Kernel "$kernel"
  exit
fi

packages kernel guest lcm iso
build_project "Building the kernel and the hyperlaunch command" build/Product.proj "$kernel" "$tool"
"$build/fetch-guest.sh"
lcm=$build/samples/seed-dom0.dts
for part in "$kernel" "$cache"/guest/{vmlinuz,initrd} "$lcm" "$(stamp_of "$tool")"; do
  if [ ! "$out/hyperlaunch.iso" -nt "$part" ]; then
    step "Making the ISO" hyperlaunch iso "$lcm" "$cache/guest/vmlinuz=$guest_cmdline" "$cache/guest/initrd" \
      --hypervisor "$kernel" -o "$out/hyperlaunch.iso"
    break
  fi
done
