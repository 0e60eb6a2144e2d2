#!/bin/sh
# Links the kernel: link-kernel.sh LINKER-SCRIPT WORK-FOLDER OUTPUT-FOLDER NAME OBJECT...
# Leaves NAME.debug.elf (ELF64 with symbols) and NAME.elf (stripped, labelled ELF32 so that QEMU's -kernel takes it).
# It links twice: the symbol table that panics print from is made from the first image, and lies behind everything else, so that
# the second has everything else in the same places.
set -eu
script=$1 work=$2 out=$3 name=$4
here=$(dirname "$0")
shift 4

link() {
    image=$1
    shift
    if ! messages=$(ld -pie --no-dynamic-linker -z text -z pack-relative-relocs -n -T "$script" --eh-frame-hdr \
            -z noexecstack --no-warn-rwx-segments --orphan-handling=error -o "$image" "$@" 2>&1); then
        symbols=$(printf '%s\n' "$messages" | sed -n "s/.*undefined reference to \`\(.*\)'.*/\1/p" | sort -u)
        for symbol in $symbols; do
            echo "$name.elf : error HL0001: CoreLib or the kernel needs '$symbol', which nothing defines:" \
                "implement it in Hyperlaunch.Kernel/Runtime (see docs/runtime.md), or avoid the API that wants it."
        done
        [ -n "$symbols" ] || printf '%s\n' "$messages" | sed 's/^/'"$name"'.elf : error HL0002: /'
        exit 1
    fi
    [ -z "$messages" ] || { printf '%s\n' "$messages" | sed 's/^/'"$name"'.elf : error HL0002: /'; exit 1; }
}

link "$work/unnamed.elf" "$@"
nm -n "$work/unnamed.elf" | awk -f "$here/symbols.awk" >"$work/symbols.S"
as -o "$work/symbols.o" "$work/symbols.S"
link "$work/$name.debug.elf" "$@" "$work/symbols.o"

nm -n "$work/$name.debug.elf" | awk -f "$here/symbols.awk" | cmp -s - "$work/symbols.S" || {
    echo "$name.elf : error HL0003: the symbol table moved what it describes; it must lie behind it (kernel.ld)."
    exit 1
}

objcopy --strip-all -O elf32-i386 "$work/$name.debug.elf" "$work/$name.elf"
mv "$work/$name.debug.elf" "$work/$name.elf" "$out/"
