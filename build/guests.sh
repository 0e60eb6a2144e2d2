#!/usr/bin/env bash
# Assembles the guests of the machine tests, Hyperlaunch.Tests/Kernel/Guests/*.S, into build/out/guests/*.elf, in a few seconds.
. "$(dirname "$0")/lib.sh"
case ${1-} in -h | --help) usage "$0" && exit ;; esac
packages kernel
sources=$root/Hyperlaunch.Tests/Kernel/Guests guests=$out/guests
mkdir -p "$guests"
for source in "$sources"/*.S; do
  guest=$guests/$(basename "$source" .S)
  [ -n "$(find "$source" "$sources"/*.inc "$sources/guest.ld" -newer "$guest.elf" 2>&1)" ] || continue
  gcc -c -m64 -Wa,--fatal-warnings -o "$guest.o" "$source"
  ld -m elf_x86_64 -static -z noexecstack --no-warn-rwx-segments --build-id=none \
    -T "$sources/guest.ld" -e entry -o "$guest.elf" "$guest.o"
done
