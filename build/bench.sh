#!/usr/bin/env bash
# Measures a boot and prints a table: medians over alternating runs in QEMU, by -kernel, of the sample guest with 512 MiB.
#   --runs N               runs of each kind (default 5)
#   --domains              many domains instead: what each costs, in counted instructions, the same on every machine
#   --no-build             take build/out/ and the guest as they are
#   --libraries [FILTER]   the benchmarks of Hyperlaunch.Benchmarks instead, all or those that match FILTER
. "$(dirname "$0")/lib.sh"
runs=5 make=yes domains=
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage "$0" && exit ;;
    --runs) option_value "$1" $# && runs=$2 && shift ;;
    --domains) domains=yes ;;
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

row() { printf '%-62s %12s   %s\n' "$@"; }

# counted_domains KIND COUNT MEBIBYTES QEMU-ARGUMENT... -- MODULE...: launches COUNT like domains of the first module, with the second as
# their ramdisk, and counts instructions in place of time: a thousand million of them are a second.
counted_domains() {
  local kind=$1 count=$2 kib=$(($3 * 1024)) extra=() tree='' id ramdisk=''
  shift 3
  while [ "$1" != -- ]; do extra+=("$1") && shift; done
  shift
  [ $# -eq 1 ] || ramdisk='ramdisk { compatible = "module,ramdisk", "multiboot,module"; mb-index = <2>; };'
  for ((id = 1; id <= count; id++)); do
    tree+="d$id { compatible = \"xen,domain\"; domid = <$id>; permissions = <0>; functions = <0>; mode = <4>; cpus = <1>; memory = <0 $kib>;
      kernel { compatible = \"module,kernel\", \"multiboot,module\"; mb-index = <1>; }; $ramdisk };"
  done
  printf '/dts-v1/; / { chosen { hypervisor { compatible = "hypervisor,xen"; %s }; }; };\n' "$tree" >"$results/$kind.dts"
  printf '\rCounting %-20s' "$kind" >&2
  timeout 900 qemu-system-x86_64 "${machine[@]}" "${extra[@]}" -icount shift=0,sleep=off -kernel "$out/hyperlaunch.elf" \
    -initrd "$(qemu_modules "$(compiled_lcm "$results/$kind.dts")" "$@")" >"$results/$kind.log" 2>"$results/$kind.errors" </dev/null ||
    die "the machine of kind $kind failed; its console is in build/out/bench/$kind.log."
  [ -n "$(event machine-off reason "$results/$kind.log")" ] || die "the domains of kind $kind did not end; see build/out/bench/$kind.log."
}

# between A B: the difference of two times, in milliseconds.
between() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.1f", b - a }'; }

if [ -n "$domains" ]; then
  "$build/guests.sh"
  hello=$out/guests/hello.elf linux=("$cache/guest/vmlinuz=$guest_words" "$cache/guest/initrd")
  counted_domains small-1 1 8 -- "$hello"
  counted_domains small-64 64 8 -- "$hello"
  counted_domains mib-256 1 256 -m 10G -- "$hello"
  counted_domains mib-8192 1 8192 -m 10G -- "$hello"
  counted_domains linux-1 1 96 -- "${linux[@]}"
  counted_domains linux-8 8 96 -- "${linux[@]}"
  printf '\n' >&2
  time_of() { event "$1" '' "$results/$2.log"; }
  first() { tr -d '\r' <"$results/$1.log" | awk '$3 == "domain-created" { print substr($2, 2); exit }'; }
  each() { awk -v ms="$(between "$(first "$1")" "$(time_of domain-created "$1")")" -v n="$2" 'BEGIN { printf "%.2f", ms / (n - 1) }'; }
  printf '%s, TCG, one processor; 1 ms is a million instructions\n\n' "$(qemu-system-x86_64 --version | head -n 1)"
  row 'a further small domain of 8 MiB, constructed, ms' "$(each small-64 64)" ''
  row 'a further Linux domain of 96 MiB, constructed, ms' "$(each linux-8 8)" 'at most 10'
  row 'entry to launch-final, 1 small domain, ms' "$(time_of launch-final small-1)" ''
  row '  ... 64 small domains' "$(time_of launch-final small-64)" ''
  row '  ... one of 256 MiB, in 10 GiB' "$(time_of launch-final mib-256)" ''
  row '  ... one of 8 GiB: more by' "$(between "$(time_of launch-final mib-256)" "$(time_of launch-final mib-8192)")" 'less than 10'
  one=$(between "$(time_of launch-final linux-1)" "$(time_of machine-off linux-1)")
  eight=$(between "$(time_of launch-final linux-8)" "$(time_of machine-off linux-8)")
  row '1 Linux domain, from launch-final to its end, ms' "$one" ''
  row '  ... 8 of them, until the last ends' "$eight" ''
  row '  ... against 8 times one' "$(awk -v a="$one" -v b="$eight" 'BEGIN { printf "%.3f", b / (8 * a) }')" ''
  exit
fi

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
