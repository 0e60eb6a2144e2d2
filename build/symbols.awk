# From `nm -n` of the kernel to the assembly of its symbol table, which a panic prints from (Runtime/SymbolTable.cs reads it).
# Each entry: how many bytes after the entry before it, the first one's after the image's start (ULEB128), how many leading
# characters of that entry's name it shares (one byte), the rest of its name, a zero. Names lose the assembly's prefix and are cut
# at 100 characters. Besides the code the table names the types of exceptions, by their method tables: the kernel has no
# reflection that could.
BEGIN {
    print "    .section .symbols, \"a\""
    print "symbols:"
    previous = ""
}
($2 ~ /^[tT]$/ || $3 ~ /^_ZTV.*Exception$/) && $1 != last {
    name = $3
    isType = sub(/^_ZTV[0-9]+/, "", name)
    sub(/^S_P_CoreLib_/, "", name)
    sub(/^S_P_/, "", name)
    sub(/^Hyperlaunch_(Kernel|Domains|Dtb)_Hyperlaunch_/, "", name)
    gsub(/S_P_CoreLib_System_/, "", name)
    gsub(/__/, ".", name)
    if (isType) gsub(/_/, ".", name)
    name = substr(name, 1, 100)
    limit = length(previous) < length(name) ? length(previous) : length(name)
    shared = 0
    while (shared < limit && substr(previous, shared + 1, 1) == substr(name, shared + 1, 1)) shared++
    if (last == "") last = $1
    printf "    .uleb128 0x%s - 0x%s\n    .byte %d\n    .asciz \"%s\"\n", $1, last, shared, substr(name, shared + 1)
    previous = name
    last = $1
}
END {
    print "    .section .note.GNU-stack, \"\", @progbits"
}
