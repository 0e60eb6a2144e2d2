#!/usr/bin/env bash
# Repeats the launches of many domains, and of attackers among them, and counts the rounds that fail: build/soak.sh [OPTION]...
#   --rounds N       how often (default 20)
#   --minutes N      for how long instead; a round that has begun is finished
#   --class PATTERN  the tests of a round; repeat (default *ManyDomainsTests, *IsolationTests and *LinuxOnIntelTests)
#   --launches       launches instead: in 10 rounds 1,000 of small guests and 100 of the ten configurations with Linux; a domain
#                    or a machine that ends without its record fails the round
#   --no-build       take build/out/, the guests and the tests as they are
# A round takes some 4 minutes on two quiet cores, one of launches some 8.
# What a round said stays in build/out/soak/ when it failed. The last line is `N rounds, N failed`; the status is 1 when any did.
. "$(dirname "$0")/lib.sh"
rounds=20 minutes='' classes=() make=yes
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage "$0" && exit ;;
    --rounds) option_value "$1" $# && rounds=$2 && shift ;;
    --minutes) option_value "$1" $# && minutes=$2 && shift ;;
    --class) option_value "$1" $# && classes+=("$2") && shift ;;
    --launches) classes=('*SmallLaunchTests' '*TenConfigurationsTests') rounds=10 ;;
    --no-build) make= ;;
    *) die "does not know $1; see --help." ;;
  esac
  shift
done
case $rounds$minutes in *[!0-9]*) die "--rounds and --minutes take a whole number." ;; esac
[ ${#classes[@]} -gt 0 ] || classes=('*ManyDomainsTests' '*IsolationTests' '*LinuxOnIntelTests')
filter=()
for class in "${classes[@]}"; do filter+=(-class "$class"); done

dotnet_sdk
packages kernel guest lcm iso run bochs
if [ -n "$make" ]; then
  step "Building the tests" dotnet build "$root/Hyperlaunch.Tests" -c Release -v quiet -clp:NoSummary
  "$build/build.sh"
  step "Assembling the guests of the tests" "$build/guests.sh"
fi
tests=$root/Hyperlaunch.Tests/bin/Release/net10.0/Hyperlaunch.Tests
[ -x "$tests" ] || die "the tests are not built; leave --no-build away."

results=$out/soak
rm -rf "$results" && mkdir -p "$results"
round=0 failed=0
while if [ -n "$minutes" ]; then [ $SECONDS -lt $((minutes * 60)) ]; else [ $round -lt "$rounds" ]; fi; do
  round=$((round + 1))
  began=$SECONDS log=$results/$round.log verdict=ok
  if "$tests" -noLogo -noColor "${filter[@]}" >"$log" 2>&1 </dev/null && ! grep -q 'Total: 0,' "$log"; then
    rm "$log"
  else
    failed=$((failed + 1)) verdict="failed, ${log#"$root"/}"
  fi
  printf 'Round %d: %s, %d s\n' "$round" "$verdict" $((SECONDS - began))
done
printf '%d rounds, %d failed\n' "$round" "$failed"
[ "$failed" -eq 0 ] && [ "$round" -gt 0 ]
