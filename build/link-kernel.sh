#!/bin/sh
# Links the kernel: link-kernel.sh LINKER-SCRIPT OUTPUT-FOLDER OBJECT...
# Leaves hyperlaunch.debug.elf (ELF64 with symbols) and hyperlaunch.elf (stripped, labelled ELF32 so that QEMU's -kernel takes it).
set -eu
script=$1 out=$2
shift 2

if ! messages=$(ld -static -n -T "$script" --eh-frame-hdr -z noexecstack --no-warn-rwx-segments --orphan-handling=error \
        -o "$out/hyperlaunch.debug.elf" "$@" 2>&1); then
    symbols=$(printf '%s\n' "$messages" | sed -n "s/.*undefined reference to \`\(.*\)'.*/\1/p" | sort -u)
    for symbol in $symbols; do
        echo "hyperlaunch.elf : error HL0001: CoreLib or the kernel needs '$symbol', which nothing defines: implement it in Hyperlaunch.Kernel/Runtime (see docs/runtime.md), or avoid the API that wants it."
    done
    [ -n "$symbols" ] || printf '%s\n' "$messages" | sed 's/^/hyperlaunch.elf : error HL0002: /'
    rm -f "$out/hyperlaunch.debug.elf"
    exit 1
fi
[ -z "$messages" ] || { printf '%s\n' "$messages" | sed 's/^/hyperlaunch.elf : error HL0003: /'; exit 1; }

objcopy --strip-all -O elf32-i386 "$out/hyperlaunch.debug.elf" "$out/hyperlaunch.elf"
