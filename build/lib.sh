# shellcheck shell=bash
# What the scripts of this folder share: places, steps that report themselves, packages. Sourced, never run.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034 # used by the scripts that source this one
build=$root/build out=$root/build/out cache=$root/build/cache logs=$root/build/out/logs
# shellcheck disable=SC2034
guest_cmdline='console=ttyS0 quiet'
mkdir -p "$out" "$cache" "$logs"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1

# die SENTENCE...: the one line that says what is wrong and what to do about it.
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# option_value OPTION ARGUMENTS_LEFT: an option that takes a value has one.
option_value() {
  [ "$2" -ge 2 ] || die "$1 needs a value; see --help."
}

# usage FILE: the comment at the head of a script is its help text.
usage() {
  sed -n '2,/^[^#]/{s/^# \{0,1\}//;t print;d;:print;p}' "$1"
}

# step TEXT COMMAND...: runs a command quietly and tells how long it took; a failure shows the end of its log and ends the script.
# Not to be called in a condition, where the shell would ignore errors inside COMMAND.
step() {
  local text=$1 log status began=$SECONDS
  shift
  log=$logs/$(printf '%s' "${text,,}" | tr -cs 'a-z0-9' '-').log
  printf '%s ... ' "$text" >&2
  set +e
  (
    set -e
    "$@"
  ) >"$log" 2>&1 </dev/null
  status=$?
  set -e
  if [ "$status" -ne 0 ]; then
    printf 'failed\n' >&2
    tail -n 25 "$log" | sed 's/^/    /' >&2
    die "\"$text\" ended with status $status; the whole log is ${log#"$root"/}."
  fi
  printf 'done, %d s\n' $((SECONDS - began)) >&2
}

# packages PURPOSE...: installs what packages.txt names for these purposes and this machine lacks.
packages() {
  local purpose package provides missing=()
  while read -r purpose package provides; do
    case " $* " in *" $purpose "*) ;; *) continue ;; esac
    case $provides in
      /*) [ -e "$provides" ] ;;
      *) command -v "$provides" >/dev/null ;;
    esac || missing+=("$package")
  done < <(grep -v '^#' "$build/packages.txt")
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    die "missing ${missing[*]}; as root: apt-get install --no-install-recommends ${missing[*]}"
  fi
  step "Installing ${missing[*]}" with_package_lists apt_get install --no-install-recommends "${missing[@]}"
}

apt_get() {
  DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"
}

# with_package_lists COMMAND...: fetches Debian's package lists only where there are none, or where COMMAND fails with those there
# are.
with_package_lists() {
  if compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null && "$@"; then
    return 0
  fi
  [ "$(id -u)" -ne 0 ] || apt_get update
  "$@"
}

dotnet_sdk() {
  command -v dotnet >/dev/null || die "the .NET SDK 10 is missing; https://dot.net has it, and \`dotnet\` must be on the PATH."
  (cd "$root" && dotnet --version >/dev/null 2>&1) ||
    die "the .NET SDK on the PATH is not version 10, which global.json asks for."
}

# What people build all day leaves out the analyzers, the style and the documentation: the configuration Quick. The tests build
# all of it.
configuration=${HYPERLAUNCH_CONFIGURATION-Quick}

# build_project TEXT PROJECT FILE...: builds a project that makes the files, unless they are there and the last build was of the
# same sources. A build leaves a stamp for each file that is as old as its beginning and lists the sources.
build_project() {
  local text=$1 project=$2 file stamp began stale=
  shift 2
  began=$(mktemp "$out/began.XXXXXX")
  sources | LC_ALL=C sort >"$began"
  for file in "$@"; do
    stamp=$(stamp_of "$file")
    [ -f "$file" ] && cmp -s "$began" "$stamp" && [ -z "$(sources -newer "$stamp")" ] || stale=yes
  done
  if [ -n "$stale" ]; then
    step "$text" dotnet build "$root/$project" -c "$configuration" -v quiet -clp:NoSummary
    for file in "$@"; do cp -p "$began" "$(stamp_of "$file")"; done
  fi
  rm "$began"
}

stamp_of() { printf '%s\n' "$out/$(basename "$1").$configuration.built"; }

# sources TEST...: the files that the product could be made of, those that pass a test of find's.
sources() {
  local folder folders=("$build")
  for folder in "$root"/Hyperlaunch.*/; do
    case $folder in */Hyperlaunch.Tests* | */Hyperlaunch.Benchmarks/) ;; *) folders+=("$folder") ;; esac
  done
  find "${folders[@]}" "$root"/Directory.* "$root/global.json" \
    \( -name bin -o -name obj -o -name out -o -name cache \) -prune -o -type f "$@" -print
}

# build_hyperlaunch / hyperlaunch ARGUMENT...: the project's own command, built and run.
tool=$root/Hyperlaunch.Tool/bin/$configuration/net10.0/hyperlaunch.dll
build_hyperlaunch() { build_project "Building the hyperlaunch command" Hyperlaunch.Tool "$tool"; }
hyperlaunch() { dotnet "$tool" "$@"; }

# compiled_lcm FILE: the name of the device tree blob to load; a .dts is compiled into build/out/lcm/ first.
compiled_lcm() {
  local source=$1 blob
  [ -f "$source" ] || die "there is no configuration $source."
  case $source in
    *.dts)
      packages lcm
      blob=$out/lcm/$(basename "$source" .dts).dtb
      mkdir -p "$out/lcm"
      dtc -q -I dts -O dtb -o "$blob" "$source" >&2 || die "dtc refuses $source; its words are above."
      printf '%s\n' "$blob"
      ;;
    *) printf '%s\n' "$source" ;;
  esac
}
