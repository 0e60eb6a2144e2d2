#!/usr/bin/env bash
# Makes an ISO that GRUB boots under BIOS and UEFI, from hyperlaunch.elf and boot modules in their order.
#   build/iso.sh [--cmdline TEXT] [--lcm FILE] [--module FILE[=STRING]]... ISO
# --cmdline TEXT           the hypervisor's command line
# --lcm FILE               the Launch Control Module, first of the modules; a .dts is compiled
# --module FILE[=STRING]   one more module and its string, a kernel's command line for example
. "$(dirname "$0")/lib.sh"
cmdline='' lcm='' modules=() iso=''
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage "$0" && exit ;;
    --cmdline) option_value "$1" $# && cmdline=$2 && shift ;;
    --lcm) option_value "$1" $# && lcm=$2 && shift ;;
    --module) option_value "$1" $# && modules+=("$2") && shift ;;
    -*) die "does not know $1; see --help." ;;
    *) iso=$1 ;;
  esac
  shift
done
[ -n "$iso" ] || die "give the name of the ISO to write; see --help."
[ -e "$out/hyperlaunch.elf" ] || die "build/out/hyperlaunch.elf is missing; build/build.sh makes it."
packages iso

tree=$(mktemp -d "$out/iso.XXXXXX")
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/boot/grub"

# GRUB takes a backslash before anything that its shell would read as syntax.
grub_words() { printf '%s' "$1" | sed 's/[^A-Za-z0-9 ,._\/:=@%+-]/\\&/g'; }

# A module keeps its name, with its place in front: two files of one name may come from different folders.
add_module() {
  local file=$1 string=$2 name
  [ -f "$file" ] || die "there is no module file $file."
  name=$(printf '%s' "${file##*/}" | tr -c 'A-Za-z0-9._-' '_')
  name=$count-$name
  cp --reflink=auto "$file" "$tree/boot/$name"
  printf '  module2 /boot/%s %s\n' "$name" "$(grub_words "$string")" >>"$tree/boot/grub/grub.cfg"
  count=$((count + 1))
}

cp "$out/hyperlaunch.elf" "$tree/boot/hyperlaunch.elf"
sed "s|@CMDLINE@|$(grub_words "$cmdline" | sed 's/[\\&|]/\\&/g')|" "$build/grub.cfg" >"$tree/boot/grub/grub.cfg"
count=0
[ -z "$lcm" ] || add_module "$(compiled_lcm "$lcm")" ''
for module in "${modules[@]}"; do
  case $module in
    *=*) add_module "${module%%=*}" "${module#*=}" ;;
    *) add_module "$module" '' ;;
  esac
done
printf '}\n' >>"$tree/boot/grub/grub.cfg"

SOURCE_DATE_EPOCH=0 grub-mkrescue --fonts= --locales= --themes= -o "$iso" "$tree" >"$tree.log" 2>&1 || {
  cat "$tree.log" >&2
  die "grub-mkrescue could not make $iso; its words are above."
}
rm -f "$tree.log"
