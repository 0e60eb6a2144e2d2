#!/usr/bin/env bash
# Measures the disk and the network that one domain gives another, beside the same kernel alone in the same QEMU with a disk in
# memory and its loopback network: a limit, no peer. Prints ratios, since only those mean something on another machine; beside
# them what Xen 4.17 reached in the same setting, each measured once (ratios of one day, two busy cores).
#   --no-build    take build/out/ and the guest as they are
# It takes some 2 minutes.
. "$(dirname "$0")/lib.sh"
make=yes
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage "$0" && exit ;;
    --no-build) make= ;;
    *) die "does not know $1; see --help." ;;
  esac
  shift
done

packages run lcm
if [ -n "$make" ]; then
  "$build/build.sh" --kernel
  "$build/fetch-guest.sh"
fi
results=$out/bench-pv
rm -rf "$results" && mkdir -p "$results"
mapfile -t machine < <(grep -v '^#' "$build/qemu.args" | tr ' ' '\n')
machine+=(-m 1G -display none -serial stdio)
cd "$root"
words='quiet hl.drivers'
network='ip+addr+add+10.0.0.1/24+dev+br0'
client='ip+addr+add+10.0.0.2/24+dev+eth0;ip+link+set+eth0+up'

cat >"$results/pv.dts" <<EOF
/dts-v1/; / { chosen { hypervisor { compatible = "hypervisor,xen";
  backend: backend { compatible = "xen,domain"; memory = <0 0x50000>;
    kernel { compatible = "module,kernel", "multiboot,module"; mb-index = <1>;
      bootargs = "console=hvc0 $words hl.script=brctl+addbr+br0;ip+link+set+br0+up;$network;measure+serve;backend"; };
    ramdisk { compatible = "module,ramdisk", "multiboot,module"; mb-index = <2>; }; };
  frontend { compatible = "xen,domain"; memory = <0 0x40000>;
    kernel { compatible = "module,kernel", "multiboot,module"; mb-index = <1>;
      bootargs = "console=hvc0 $words hl.script=$client;measure+/dev/xvda+10.0.0.1 hl.run=poweroff"; };
    ramdisk { compatible = "module,ramdisk", "multiboot,module"; mb-index = <2>; };
    disk { compatible = "hyperlaunch,disk"; hyperlaunch,backend = <&backend>;
      hyperlaunch,source = "/dev/ram0"; hyperlaunch,target = "xvda"; };
    network { compatible = "hyperlaunch,network"; hyperlaunch,backend = <&backend>; hyperlaunch,bridge = "br0"; }; };
}; }; };
EOF

printf 'Measuring alone ...\n' >&2
timeout 200 qemu-system-x86_64 "${machine[@]}" -kernel "$cache/guest/vmlinuz" -initrd "$cache/guest/initrd-domains" \
  -append "console=ttyS0 $words hl.script=ip+link+set+lo+up;measure+serve;measure+/dev/ram0+127.0.0.1 hl.run=poweroff" \
  >"$results/bare.log" 2>"$results/bare.errors" </dev/null || true
printf 'Measuring between domains ...\n' >&2
(
  timeout 200 qemu-system-x86_64 "${machine[@]}" -kernel "$out/hyperlaunch.elf" \
    -initrd "$(compiled_lcm "$results/pv.dts"),$cache/guest/vmlinuz,$cache/guest/initrd-domains" \
    2>"$results/pv.errors" </dev/null
) | tee "$results/pv.log" | grep -m 1 -q ' exits domid=2 ' || true

# middle NAME LOG: the median of a figure.
middle() {
  tr -d '\r' <"$2" | sed -n "s/.*measure: $1 \([0-9.]*\).*/\1/p" | sort -n |
    awk '{ v[NR] = $1 } END { print NR ? v[int((NR + 1) / 2)] : "-" }'
}

# last EXPRESSION: what a sed expression finds in the console.
last() { tr -d '\r' <"$results/pv.log" | sed -n "$1" | tail -n 1; }

# row TEXT NAME UNIT XEN: a figure of both, their ratio, and Xen's.
row() {
  local bare pv
  bare=$(middle "$2" "$results/bare.log") pv=$(middle "$2" "$results/pv.log")
  printf '%-34s %10s %10s   %-6s %8s   %s\n' "$1" "$bare" "$pv" "$3" \
    "$(awk -v a="$pv" -v b="$bare" 'BEGIN { printf b > 0 ? "%.3f" : "-", a / b }')" "$4"
}

printf '%s, TCG, one processor; 256 MiB and 320 MiB; median of 3\n\n' "$(qemu-system-x86_64 --version | head -n 1)"
printf '%-34s %10s %10s   %-6s %8s   %s\n' '' alone between unit ratio 'Xen 4.17'
row 'disk, read by 1 MiB' read-1m MiB/s 0.086
row 'disk, written by 1 MiB' write-1m MiB/s 0.13
row 'disk, read by 64 KiB' read-64k MiB/s 0.018
row 'disk, written by 64 KiB' write-64k MiB/s 0.017
row 'disk, one read of 4 KiB' read-4k us 204
row 'network, a file received' receive MiB/s 0.18
row 'network, ping' ping us 8
printf '\nentry to the last domain started, ms: %s\n' "$(last 's/^(HV) @\([0-9.]*\) launch-final.*/\1/p')"
printf 'frontend, exits in all: %s\n' "$(last 's/.*exits domid=2 total=\([0-9]*\).*/\1/p')"
