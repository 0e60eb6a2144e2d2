#!/usr/bin/env bash
# Builds what is missing and boots Hyperlaunch in QEMU, with dom0's shell on this terminal:
#   build/run.sh [SAMPLE] [OPTION]... [-- QEMU ARGUMENT...]
# SAMPLE is a configuration of build/samples/ with the sample guest, such as dynamic-full; without a name that is seed-dom0.
# Ctrl-A three times moves the input on, from a domain to the next and to the hypervisor. Ctrl-] then x ends the emulator at once.
# A shell comes after some 10 s when all is built, after 2 to 3 minutes from a fresh clone, on --intel after 1 or 2 minutes.
#
#   --lcm FILE               the Launch Control Module, a .dts or .dtb; `none` boots classic (default: the sample's)
#   --module FILE[=STRING]   a boot module and its string; repeat in order (default: the sample guest's kernel and initramfs)
#   --cmdline TEXT           the hypervisor's command line (console=raw is added on a terminal)
#   --memory SIZE            the machine's memory (default 2G)
#   --cpus N                 its processors (default 1)
#   --iso | --kernel         boot from an ISO by GRUB (default), or by QEMU's -kernel, which is faster
#   --bios | --uefi          the firmware (default BIOS; --uefi needs --iso)
#   --intel                  Bochs in place of QEMU, with a processor of Intel's: ten times slower (needs --iso and --bios)
#   --selftest               boot the kernel with tests of itself in it, and run them
#   --headless               the console goes to standard output, nothing is read, and a time limit holds
#   --timeout SECONDS        that limit (default 300); when it is reached the status is 124
#   --log FILE               a copy of the console's bytes
#   --no-build               take build/out/ and the guest as they are
#   -- ARGUMENT...           more for QEMU, for example -- -d int -D qemu.log
#
# Examples:
#   build/run.sh
#   build/run.sh classic-extended-launch
#   build/run.sh --uefi --memory 4G --cpus 2
#   build/run.sh --intel
#   build/run.sh --lcm my.dts --module vmlinuz='console=ttyS0 quiet' --module initrd.img
#   build/run.sh --headless --timeout 60 --kernel --lcm none --module build/cache/guest/vmlinux='console=ttyS0 hl.run=poweroff' \
#     --module build/cache/guest/initrd
. "$(dirname "$0")/lib.sh"
sample=seed-dom0 lcm='' modules=() cmdline='' memory=2G cpus=1 boot=iso firmware=bios intel=''
kernel=hyperlaunch headless='' limit=300 log='' make=yes extra=()
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage "$0" && exit ;;
    --lcm) option_value "$1" $# && lcm=$2 && shift ;;
    --module) option_value "$1" $# && modules+=("$2") && shift ;;
    --cmdline) option_value "$1" $# && cmdline=$2 && shift ;;
    --memory) option_value "$1" $# && memory=$2 && shift ;;
    --cpus) option_value "$1" $# && cpus=$2 && shift ;;
    --timeout) option_value "$1" $# && limit=$2 && shift ;;
    --log) option_value "$1" $# && log=$2 && shift ;;
    --iso | --kernel) boot=${1#--} ;;
    --intel) intel=yes ;;
    --bios | --uefi) firmware=${1#--} ;;
    --selftest) kernel=hyperlaunch-selftest headless=yes cmdline=selftest ;;
    --headless) headless=yes ;;
    --no-build) make= ;;
    --) shift && extra=("$@") && break ;;
    [!-]*) sample=$1 ;;
    *) die "does not know $1; see --help." ;;
  esac
  shift
done
[ "$boot $firmware" != 'kernel uefi' ] || die "QEMU's -kernel needs the BIOS: take --iso with --uefi."

[ -z "$intel" ] || [ "$boot $firmware ${#extra[@]}" = 'iso bios 0' ] ||
  die "Bochs boots from an ISO by a BIOS: leave --intel away, or what is QEMU's."

packages kernel guest lcm iso "$([ -z "$intel" ] && echo run || echo bochs)" "$([ "$firmware" = bios ] || echo uefi)"
if [ -n "$make" ]; then
  "$build/build.sh" --kernel
  [ "$kernel" = hyperlaunch ] || build_project "Building the kernel with tests" Hyperlaunch.SelfTest "$out/$kernel.elf"
  "$build/fetch-guest.sh"
  build_hyperlaunch
fi
[ -e "$out/$kernel.elf" ] || die "build/out/$kernel.elf is missing; without --no-build it is made."

lcm=${lcm:-$build/samples/$sample.dts}
[ "$lcm" = none ] || [ -f "$lcm" ] ||
  die "there is no configuration $lcm; build/samples/ has $(cd "$build/samples" && echo *.dts)."
if [ ${#modules[@]} -eq 0 ]; then
  # A string from the boot loader would be the command line of every domain, and those of the tree would not count.
  words="=$guest_cmdline"
  [ "$lcm" = none ] || ! grep -aq bootargs "$lcm" || words=
  ramdisk=initrd
  [ "$lcm" = none ] || ! grep -aq hyperlaunch,backend "$lcm" || ramdisk=initrd-domains
  modules=("$cache/guest/vmlinuz$words" "$cache/guest/$ramdisk")
fi
[ "$lcm" = none ] || modules=("$lcm" "${modules[@]}")
if [ -z "$headless" ]; then
  case " $cmdline" in *' console='*) ;; *) cmdline="console=raw${cmdline:+ $cmdline}" ;; esac
fi
options=(--hypervisor "$out/$kernel.elf" --options "$cmdline" --memory "$memory" --cpus "$cpus")
[ "$boot" = iso ] || options+=(--kernel)
[ "$firmware" = bios ] || options+=(--uefi)
[ -z "$intel" ] || options+=(--intel)
[ -z "$log" ] || options+=(--log "$log")
for argument in "${extra[@]}"; do options+=("--qemu=$argument"); done

# QEMU warns about each feature of the processor model that it cannot emulate: no news.
run() { hyperlaunch run "${modules[@]}" "${options[@]}" "$@" 2> >(grep -v -e "TCG doesn't support requested feature" >&2); }

status=0
if [ -n "$headless" ]; then
  run --headless --timeout "$limit" </dev/null || status=$?
  [ "$status" -ne 124 ] || printf '%s: the time limit of %s s is reached.\n' "${0##*/}" "$limit" >&2
else
  printf 'Booting. Ctrl-] then x ends the emulator.\n' >&2
  run || status=$?
fi
exit "$status"
