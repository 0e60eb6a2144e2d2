#!/usr/bin/env bash
# Measures a boot and prints a table: medians over alternating runs in QEMU, by -kernel, of the sample guest with 512 MiB.
#   --runs N               runs of each kind (default 5)
#   --no-build             take build/out/ and the guest as they are
#   --libraries [FILTER]   the benchmarks of Hyperlaunch.Benchmarks instead, all or those that match FILTER
. "$(dirname "$0")/lib.sh"
runs=5 make=yes
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage "$0" && exit ;;
    --runs) option_value "$1" $# && runs=$2 && shift ;;
    --no-build) make= ;;
    --libraries)
      dotnet_sdk
      exec dotnet run -c Release --project "$root/Hyperlaunch.Benchmarks" -- --filter "${2-*}"
      ;;
    *) die "does not know $1; see --help." ;;
  esac
  shift
done

limit_entry_ms=60 limit_ratio=1.25 limit_kernel_bytes=1200000
marker='hyperlaunch-guest: userspace up'
guest_words="$guest_cmdline hl.run=poweroff"

packages run lcm
if [ -n "$make" ]; then
  "$build/build.sh" --kernel
  "$build/fetch-guest.sh"
fi
results=$out/bench
rm -rf "$results" && mkdir -p "$results"

lcm=$(compiled_lcm "$build/samples/dom0-512.dts")
mapfile -t machine < <(grep -v '^#' "$build/qemu.args" | tr ' ' '\n')
machine+=(-m 2G -display none -serial stdio)

# The machine's memory is a file in memory that all runs share: what the host pays for a page's first use is not the guest's time. The
# first runs, which pay it, are not counted; nobody gets by on memory that is zero by chance.
memory=$(mktemp -p /dev/shm hyperlaunch-bench.XXXXXX)
trap 'rm -f "$memory"' EXIT
shared_memory() { printf '%s\n' -machine memory-backend=ram -object "memory-backend-file,id=ram,size=$1,mem-path=$memory,share=on"; }
mapfile -t shared < <(shared_memory 2G)
mapfile -t shared_512 < <(shared_memory 512M)

# boot KIND RUN QEMU-ARGUMENT...: keeps the console in KIND.RUN.log and adds the seconds until the marker to KIND.seconds.
boot() {
  local kind=$1 run=$2 log=$results/$1.$2.log line began=$EPOCHREALTIME up=
  shift 2
  while IFS= read -r line; do
    printf '%s\n' "$line" >>"$log"
    case $line in *"$marker"*) [ -n "$up" ] || up=$EPOCHREALTIME ;; esac
  done < <(timeout 120 qemu-system-x86_64 "${machine[@]}" "$@" 2>"$log.errors" </dev/null)
  [ -n "$up" ] || die "a boot of kind $kind did not reach userspace; its console is in ${log#"$root"/}."
  awk -v a="$began" -v b="$up" 'BEGIN { printf "%.3f\n", b - a }' >>"$results/$kind.seconds"
}

median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print NR ? (NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2) : "-" }'; }

# event NAME KEY LOG: the last value of a key of this event; without KEY, the event's time in milliseconds.
event() {
  tr -d '\r' <"$3" | awk -v name="$1" -v key="$2" '
    $1 == "(HV)" && $3 == name {
      if (key == "") found = substr($2, 2)
      for (i = 4; i <= NF; i++) if (index($i, key "=") == 1) found = substr($i, length(key) + 2)
    }
    END { print found }'
}

for ((run = 0; run <= runs; run++)); do
  printf '\rRun %d of %d ' "$run" "$runs" >&2
  boot direct "$run" "${shared[@]}" -kernel "$cache/guest/vmlinuz" -initrd "$cache/guest/initrd" -append "$guest_words"
  boot direct-512 "$run" "${shared_512[@]}" -kernel "$cache/guest/vmlinuz" -initrd "$cache/guest/initrd" -append "$guest_words" -m 512M
  boot hyperlaunch "$run" "${shared[@]}" -kernel "$out/hyperlaunch.elf" \
    -initrd "$(qemu_modules "$lcm" "$cache/guest/vmlinuz=$guest_words" "$cache/guest/initrd")"
  event launch-final '' "$results/hyperlaunch.$run.log" >>"$results/entry.milliseconds"
  [ "$run" -gt 0 ] || rm "$results"/*.seconds "$results/entry.milliseconds"
done
printf '\rCounting instructions ' >&2
boot counted 1 -kernel "$out/hyperlaunch.elf" -icount shift=0,sleep=off \
  -initrd "$(qemu_modules "$lcm" "$cache/guest/vmlinuz=$guest_words" "$cache/guest/initrd")"
printf '\n' >&2

last=$results/hyperlaunch.$runs.log
row() { printf '%-62s %12s   %s\n' "$@"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
direct=$(median "$results/direct.seconds") small=$(median "$results/direct-512.seconds") through=$(median "$results/hyperlaunch.seconds")

printf '%s, TCG, one processor, 2 GiB; dom0 has 512 MiB; median of %d\n\n' "$(qemu-system-x86_64 --version | head -n 1)" "$runs"
row 'hypervisor entry to launch-final (dom0 runs next), ms' "$(median "$results/entry.milliseconds")" "at most $limit_entry_ms"
row '  ... in millions of instructions, the same on every machine' "$(event launch-final '' "$results/counted.1.log")" ''
row 'QEMU start to userspace, through the hypervisor, s' "$through" ''
row 'QEMU start to userspace, the same kernel directly, s' "$direct" ''
row '  ... directly, in a machine of 512 MiB, s' "$small" ''
row 'through the hypervisor against directly' "$(ratio "$through" "$direct")" "at most $limit_ratio"
row '  ... against the machine of 512 MiB' "$(ratio "$through" "$small")" ''
row 'host allocations after launch-final' "$(event exits allocations "$last")" 'none'
row 'kernel, stripped, bytes' "$(stat -c %s "$out/hyperlaunch.elf")" "at most $limit_kernel_bytes"
printf '\nexits of the last run, by reason:\n'
tr -d '\r' <"$last" | awk '$1 == "(HV)" && $3 == "exits" { for (i = 4; i <= NF; i++) { split($i, pair, "="); if (pair[1] != "domid" && pair[1] != "touched-mib" && pair[1] != "allocations") print pair[2], pair[1] } }' |
  sort -rn | awk '{ printf "  %-26s %10d\n", $2, $1 }'
