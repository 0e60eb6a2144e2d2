#!/usr/bin/env bash
# Measures a boot and prints a table: medians over alternating runs in QEMU, by -kernel, of the sample guest with 512 MiB.
#   --runs N               runs of each kind (default 5)
#   --domains              many domains instead: what each costs, in counted instructions, the same on every machine
#   --pv [ARGUMENT...]     instead: the disk and the network that one domain gives another (build/bench-pv.sh)
#   --intel                a boot on Intel's extension instead, in Bochs: its exits by reason
#   --no-build             take build/out/ and the guest as they are
#   --libraries [FILTER]   the benchmarks of Hyperlaunch.Benchmarks instead, all or those that match FILTER
# A boot takes some 2 minutes, --domains some 5, --intel some 10; --libraries as long as its benchmarks are many.
. "$(dirname "$0")/lib.sh"
runs=5 make=yes domains='' intel=''
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage "$0" && exit ;;
    --runs) option_value "$1" $# && runs=$2 && shift ;;
    --domains) domains=yes ;;
    --pv) shift && exec "$build/bench-pv.sh" "$@" ;;
    --intel) intel=yes ;;
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

# The machine's memory is a file in memory that all runs share: what the host pays for a page's first use is not the guest's time.
# The first runs, which pay it, are not counted; nobody gets by on memory that is zero by chance.
memory=$(mktemp -p /dev/shm hyperlaunch-bench.XXXXXX)
trap 'rm -f "$memory"' EXIT
shared_memory() {
  printf '%s\n' -machine memory-backend=ram -object "memory-backend-file,id=ram,size=$1,mem-path=$memory,share=on"
}
mapfile -t shared < <(shared_memory 2G)
mapfile -t shared_512 < <(shared_memory 512M)

# QEMU runs in the repository's root: from there no file has a comma or a blank in its name, which mean something to -initrd.
cd "$root"

# modules FILE|'FILE STRING'...: the boot modules as -initrd takes them.
modules() { (IFS=, && printf '%s' "${*#"$root"/}"); }

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

median() {
  sort -n "$1" | awk '{ v[NR] = $1 } END { print NR ? (NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2) : "-" }'
}

# event NAME KEY LOG: the last value of a key of this event; without KEY, the event's time in milliseconds.
event() {
  tr -d '\r' <"$3" | awk -v name="$1" -v key="$2" '
    $1 == "(HV)" && $3 == name {
      if (key == "") found = substr($2, 2)
      for (i = 4; i <= NF; i++) if (index($i, key "=") == 1) found = substr($i, length(key) + 2)
    }
    END { print found }'
}

# exits LOG: the exits of the last domain that ended, by reason, the most frequent first.
exits() {
  tr -d '\r' <"$1" | awk '$1 == "(HV)" && $3 == "exits" {
    for (i = 4; i <= NF; i++) {
      split($i, pair, "=")
      if (pair[1] != "domid" && pair[1] != "touched-mib" && pair[1] != "allocations") print pair[2], pair[1]
    }
  }' |
    sort -rn | awk '{ printf "  %-26s %10d\n", $2, $1 }'
}

row() { printf '%-62s %12s   %s\n' "$@"; }

# counted_domains KIND COUNTS MEBIBYTES QEMU-ARGUMENT... -- MODULE...: launches domains, of each module as many as COUNTS says in
# turn; a module beyond COUNTS is everybody's ramdisk. $cpus, where it is set, says how many processors each of a module's domains
# has. Counts instructions in place of time: a thousand million of them are a second.
counted_domains() {
  local kind=$1 counts=() each=() kib=$(($3 * 1024)) extra=() tree='' id=0 end=0 index ramdisk=''
  read -ra counts <<<"$2"
  read -ra each <<<"${cpus:-}"
  shift 3
  while [ "$1" != -- ]; do extra+=("$1") && shift; done
  shift
  [ $# -eq ${#counts[@]} ] || ramdisk="ramdisk { compatible = \"module,ramdisk\", \"multiboot,module\"; mb-index = <$#>; };"
  for ((index = 1; index <= ${#counts[@]}; index++)); do
    for ((end += counts[index - 1]; id < end; )); do
      id=$((id + 1))
      tree+="d$id { compatible = \"xen,domain\"; domid = <$id>; permissions = <0>; functions = <0>;
        mode = <4>; cpus = <${each[index - 1]:-1}>; memory = <0 $kib>;
        kernel { compatible = \"module,kernel\", \"multiboot,module\"; mb-index = <$index>; }; $ramdisk };"
    done
  done
  printf '/dts-v1/; / { chosen { hypervisor { compatible = "hypervisor,xen"; %s }; }; };\n' "$tree" >"$results/$kind.dts"
  printf '\rCounting %-20s' "$kind" >&2
  : >"$results/$kind.log"
  timeout 900 qemu-system-x86_64 "${machine[@]}" "${extra[@]}" -icount shift=0,sleep=off -kernel "$out/hyperlaunch.elf" \
    -initrd "$(modules "$(compiled_lcm "$results/$kind.dts")" "$@")" >"$results/$kind.log" 2>"$results/$kind.errors" </dev/null &
  end_when_shown $! "$results/$kind.log" "${ending:-machine-off reason=}" "${endings:-1}"
}

# end_when_shown PID LOG TEXT TIMES: waits until an emulator has shown a text so often, and ends it.
end_when_shown() {
  while kill -0 "$1" 2>/dev/null && [ "$(grep -ac "$3" "$2")" -lt "$4" ]; do sleep 0.2; done
  kill "$1" 2>/dev/null || true
  wait "$1" || true
  [ "$(grep -ac "$3" "$2")" -ge "$4" ] || die "a machine ended too soon; its console is in ${2#"$root"/}."
}

# turns KIND switch|share DOMAINS: of the guests that measured their turns on the CPU (Hyperlaunch.Tests/Kernel/Guests/turns.S):
# the instructions that a switch costs (the time in which none of them ran, by switch), or the least and the most that one got, in
# percent of a fair share among DOMAINS.
turns() {
  tr -d '\r' <"$results/$1.log" |
    sed -n 's/.*guest: turns=\([0-9]*\) runs=\([0-9]*\)/\1 \2/p' | awk -v what="$2" -v domains="${3-}" '
    { switches += $1; ran += $2; least = NR == 1 || $2 < least ? $2 : least; most = $2 > most ? $2 : most }
    END {
      window = 2 ^ 30
      if (what == "switch") printf "%d", (window - ran) / switches
      else printf "%.1f to %.1f", 100 * least * domains / window, 100 * most * domains / window
    }'
}

# between A B: the difference of two times, in milliseconds.
between() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.1f", b - a }'; }

if [ -n "$intel" ]; then
  log=$results/intel.log
  "$build/run.sh" --intel --headless --no-build --timeout 900 --memory 1G --lcm "$build/samples/dom0-512.dts" \
    --module "$cache/guest/vmlinuz=$guest_words" --module "$cache/guest/initrd" --log "$log" >"$log.errors" 2>&1 ||
    die "the boot failed; its console is in ${log#"$root"/}."
  grep -q "$marker" "$log" || die "the boot did not reach userspace; its console is in ${log#"$root"/}."
  printf '%s, one processor, 1 GiB; dom0 has 512 MiB\n\n' 'Bochs, corei7_skylake_x'
  row 'host allocations after launch-final' "$(event exits allocations "$log")" 'none'
  row 'exits of a boot to userspace and off' "$(event exits total "$log")" ''
  printf '\nby reason:\n'
  exits "$log"
  exit
fi

if [ -n "$domains" ]; then
  "$build/guests.sh"
  guests=$out/guests hello=$out/guests/hello.elf linux=("$cache/guest/vmlinuz $guest_words" "$cache/guest/initrd")
  counted_domains small-1 1 8 -- "$hello"
  counted_domains small-64 64 8 -- "$hello"
  counted_domains mib-256 1 256 -m 10G -- "$hello"
  counted_domains mib-8192 1 8192 -m 10G -- "$hello"
  counted_domains linux-1 1 96 -- "${linux[@]}"
  counted_domains linux-8 8 96 -- "${linux[@]}"
  counted_domains exits-1 1 8 -- "$guests/exits.elf"
  counted_domains exits-64 '1 63' 8 -- "$guests/exits.elf" "$guests/sleep.elf"
  for count in 2 8 64; do counted_domains "turns-$count" "$count" 8 -- "$guests/turns.elf"; done
  ending='guest: turns=' endings=4 counted_domains turns-storm '4 1 1 1 1' 8 -- \
    "$guests"/{turns,spin,storm-ipi,storm-ports,tables-changing}.elf
  for count in 1 32; do
    cpus="1 $count" ending='guest: turns=' counted_domains "timers-$count" '1 1' 8 -- "$guests"/{share,sleep-timers}.elf
  done
  cpus='1 32' ending='guest: turns=' counted_domains masked-32 '1 1' 8 -- "$guests"/{share,sleep-masked}.elf
  for storm in nmi init; do
    cpus='1 4' ending='guest: turns=' counted_domains "$storm-4" '1 1' 8 -- "$guests"/{share,"storm-$storm-others"}.elf
  done
  printf '\n' >&2
  exit_cost() { tr -d '\r' <"$results/$1.log" | sed -n 's/.*guest: exit=//p'; }
  time_of() { event "$1" '' "$results/$2.log"; }
  first() { tr -d '\r' <"$results/$1.log" | awk '$3 == "domain-created" { print substr($2, 2); exit }'; }
  each() {
    awk -v ms="$(between "$(first "$1")" "$(time_of domain-created "$1")")" -v n="$2" 'BEGIN { printf "%.2f", ms / (n - 1) }'
  }
  printf '%s, TCG, one processor; 1 ms is a million instructions\n\n' "$(qemu-system-x86_64 --version | head -n 1)"
  row 'a further small domain of 8 MiB, constructed, ms' "$(each small-64 64)" ''
  row 'a further Linux domain of 96 MiB, constructed, ms' "$(each linux-8 8)" 'at most 10'
  row 'entry to launch-final, 1 small domain, ms' "$(time_of launch-final small-1)" ''
  row '  ... 64 small domains' "$(time_of launch-final small-64)" ''
  row '  ... one of 256 MiB, in 10 GiB' "$(time_of launch-final mib-256)" ''
  row '  ... one of 8 GiB: more by' \
    "$(between "$(time_of launch-final mib-256)" "$(time_of launch-final mib-8192)")" 'less than 10'
  one=$(between "$(time_of launch-final linux-1)" "$(time_of machine-off linux-1)")
  eight=$(between "$(time_of launch-final linux-8)" "$(time_of machine-off linux-8)")
  row '1 Linux domain, from launch-final to its end, ms' "$one" ''
  row '  ... 8 of them, until the last ends' "$eight" ''
  row '  ... against 8 times one' "$(awk -v a="$one" -v b="$eight" 'BEGIN { printf "%.3f", b / (8 * a) }')" ''
  row 'an exit and the way back (CPUID), 1 domain, instructions' "$(exit_cost exits-1)" ''
  row '  ... beside 63 domains that sleep' "$(exit_cost exits-64)" ''
  row 'a switch between 2 domains that are always busy, instructions' "$(turns turns-2 switch)" ''
  for count in 8 64; do row "  ... of $count" "$(turns "turns-$count" switch)" ''; done
  for count in 2 8 64; do
    row "what each of $count busy domains gets in a second, percent" "$(turns "turns-$count" share "$count")" 'fair is 100'
  done
  row '  ... each of 4, beside 4 that storm' "$(turns turns-storm share 8)" 'fair is 100'
  least=95
  # victim TEXT KIND PROCESSORS: what one got beside a domain that would have its time, of a fair share among all the processors.
  victim() {
    local got
    got=$(turns "$2" share "$3")
    row "$1" "${got% to *}" "at least $least"
    awk -v got="${got% to *}" -v least="$least" 'BEGIN { exit !(got >= least) }' || unfair+=" $2"
  }
  unfair=
  victim 'one beside a sleeper with a timer on 1 processor, of its share' timers-1 2
  victim '  ... on 32 processors' timers-32 33
  victim '  ... on 32 that it cannot wake, of the whole CPU' masked-32 1
  victim '  ... beside NMIs to 3 sleeping processors' nmi-4 5
  victim '  ... beside INITs and start-up messages to them' init-4 5
  [ -z "$unfair" ] || die "somebody got less than its share:$unfair."
  exit
fi

for ((run = 0; run <= runs; run++)); do
  printf '\rRun %d of %d ' "$run" "$runs" >&2
  boot direct "$run" "${shared[@]}" -kernel "$cache/guest/vmlinuz" -initrd "$cache/guest/initrd" -append "$guest_words"
  boot direct-512 "$run" "${shared_512[@]}" \
    -kernel "$cache/guest/vmlinuz" -initrd "$cache/guest/initrd" -append "$guest_words" -m 512M
  boot hyperlaunch "$run" "${shared[@]}" -kernel "$out/hyperlaunch.elf" \
    -initrd "$(modules "$lcm" "$cache/guest/vmlinuz $guest_words" "$cache/guest/initrd")"
  event launch-final '' "$results/hyperlaunch.$run.log" >>"$results/entry.milliseconds"
  [ "$run" -gt 0 ] || rm "$results"/*.seconds "$results/entry.milliseconds"
done
printf '\rCounting instructions ' >&2
boot counted 1 -kernel "$out/hyperlaunch.elf" -icount shift=0,sleep=off \
  -initrd "$(modules "$lcm" "$cache/guest/vmlinuz $guest_words" "$cache/guest/initrd")"
printf '\n' >&2

last=$results/hyperlaunch.$runs.log
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
direct=$(median "$results/direct.seconds") small=$(median "$results/direct-512.seconds")
through=$(median "$results/hyperlaunch.seconds")

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
exits "$last"
