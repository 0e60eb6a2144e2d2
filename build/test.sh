#!/usr/bin/env bash
# Builds everything with warnings as errors, checks the format and runs all tests; the last line is `N passed, N failed`.
#   build/test.sh                 everything, machines in QEMU and Bochs too
#   build/test.sh --fast          without the emulators and without the tests marked Slow
#   build/test.sh --bochs         only the small machine tests in Bochs: Intel's extension, and a second opinion on AMD's
#   build/test.sh -- ARGUMENT...  hands arguments to the test runner, for example -- -class '*BadInputTests'
# On two quiet cores all of it takes some 13 minutes, --fast at most 90 s when little is to build, --bochs some 5 minutes.
export HYPERLAUNCH_CONFIGURATION=Release
. "$(dirname "$0")/lib.sh"
fast='' bochs='' filter=()
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage "$0" && exit ;;
    --fast) fast=yes ;;
    --bochs) bochs=yes ;;
    --) shift && filter=("$@") && break ;;
    *) die "does not know $1; see --help." ;;
  esac
  shift
done
[ -z "$fast" ] || [ -z "$bochs" ] || die "takes --fast or --bochs, not both."
# A filter of the caller's chooses alone; else what belongs into a soak waits for soak.sh.
[ ${#filter[@]} -gt 0 ] || filter+=(-trait- Category=Soak)
[ -z "$bochs" ] || filter+=(-trait Emulator=Bochs)
[ -z "$fast" ] || filter+=(-trait- Category=Machine -trait- Category=Slow)

# What ends the script before the tests have counted is one failure.
passed=0 failed=1
trap 'printf "%d passed, %d failed\n" "$passed" "$failed"' EXIT

dotnet_sdk
if [ -n "$fast" ]; then packages kernel lcm check; else packages kernel check guest lcm iso run uefi bochs; fi
step "Building everything" dotnet build "$root/Hyperlaunch.sln" -c Release -v quiet -clp:NoSummary
step "Checking the scripts" shellcheck "$build"/*.sh "$build"/guest/* "$root/.ci/run"
step "Checking the format" dotnet format whitespace "$root" --folder --verify-no-changes --exclude "$out" "$cache"
if [ -z "$fast" ]; then
  "$build/build.sh"
  step "Assembling the guests of the tests" "$build/guests.sh"
  "$build/fetch-dtbs.sh"
fi

printf 'Running the tests ...\n' >&2
report=$out/tests.xml
rm -f "$report"
status=0
"$root/Hyperlaunch.Tests/bin/Release/net10.0/Hyperlaunch.Tests" -noLogo -noColor -reporter quiet -xml "$report" \
  "${filter[@]}" </dev/null || status=$?
[ -s "$report" ] || die "the test runner left no report; its status is $status."

# count ATTRIBUTE: its sum over the report's assemblies.
count() { sed -n "s/.*<assembly [^>]*\b$1=\"\([0-9]*\)\".*/\1/p" "$report" | awk '{ sum += $1 } END { print sum + 0 }'; }
passed=$(count passed) failed=$(($(count failed) + $(count errors)))
if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
