#!/usr/bin/env bash
# Fuzzes the parser of device trees: damaged ones against an unmapped page, judged against libfdt too; or what the hypervisor does
# about a guest's exits.
#   --exits       instead of trees: processors that exit in every way and state, over a whole virtual platform
#   --hypercalls  instead of trees: two domains that make random Xen hypercalls and end and begin again; --cases is how many
#                 (default 10,000,000, some 5 minutes)
#   --guests      instead of trees: guests that run random programs beside neighbours, in QEMU; --cases is how many (default
#                 1000, some 10 minutes), --seed the first one
#   --coverage    with --exits: say which lines of Hypervisor/Execution and Platform the exits reach
#   --seconds N   for so long (default 60)
#   --cases N     so many cases, however long they take
#   --seed N      another seed; the default is always the same
#   --first N     begin with case N: with --cases 1 and the seed and number that a failure names, that failure
# It takes the time that it is given, and a minute to build what has changed.
. "$(dirname "$0")/lib.sh"
seconds=60 cases='' seed='' first='' exits='' hypercalls='' guests='' coverage=''
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage "$0" && exit ;;
    --exits | --hypercalls | --guests | --coverage)
      declare "${1#--}=yes"
      shift
      ;;
    --seconds | --cases | --seed | --first)
      option_value "$1" $#
      case $2 in '' | *[!0-9]*) die "$1 takes a number, not $2." ;; esac
      declare "${1#--}=$2"
      shift 2
      ;;
    *) die "does not know $1; see --help." ;;
  esac
done
[ -z "$coverage" ] || [ -n "$exits" ] || die "measures coverage with --exits only."
dotnet_sdk
[ -n "$exits$hypercalls" ] || packages lcm
if [ -n "$guests" ]; then
  packages kernel run
  "$build/build.sh" --kernel
  step "Assembling the guests of the tests" "$build/guests.sh"
fi
[ -z "$cases" ] || seconds=1000000
step "Building the tests" dotnet build -c Release "$root/Hyperlaunch.Tests"
export HYPERLAUNCH_FUZZ_SECONDS=$seconds HYPERLAUNCH_FUZZ_CASES=$cases HYPERLAUNCH_FUZZ_SEED=$seed HYPERLAUNCH_FUZZ_FIRST=$first
if [ -n "$coverage" ]; then
  dotnet build -c Release --no-restore -v quiet -clp:NoSummary "$root/Hyperlaunch.Tests" -t:FuzzCoverage
  exit
fi
method='*.MutationFuzzTests.Survives_damaged_trees_for_as_long_as_asked'
[ -z "$exits" ] || method='*.ExitFuzzTests.Survives_cases_for_as_long_as_asked'
[ -z "$hypercalls" ] || method='*.HypercallFuzzTests.Random_hypercalls_break_nothing_for_as_long_as_asked'
[ -z "$guests" ] || method='*.RandomGuestTests.Random_guests_of_as_many_seeds_as_asked_harm_nobody'
dotnet "$root/Hyperlaunch.Tests/bin/Release/net10.0/Hyperlaunch.Tests.dll" -noLogo -noColor -showLiveOutput -method "$method"
