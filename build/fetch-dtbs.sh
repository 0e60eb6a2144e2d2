#!/usr/bin/env bash
# Fetches every device tree of Debian's arm64 and armhf kernel packages into build/cache/dtbs/, for the tests and
# benchmarks of Hyperlaunch.Dtb. The packages are downloaded and taken apart, never installed, by an apt that has an
# architecture, package lists and a cache of its own, so the system's stay as they are.
# It takes half a minute. What is there already is kept, so this works without a network; --refresh fetches again.
. "$(dirname "$0")/lib.sh"
case ${1-} in
  -h | --help) usage "$0" && exit ;;
  --refresh) rm -rf "$cache/dtbs" ;;
  '') ;;
  *) die "does not know $1; see --help." ;;
esac
dtbs=$cache/dtbs

# own_apt ARCHITECTURE COMMAND ARGUMENTS...: apt-get or apt-cache for an architecture, with its state in ./apt.
own_apt() {
  local architecture=$1 command=$2
  shift 2
  mkdir -p apt/lists/partial apt/archives/partial
  : >>apt/status
  # What the system wants done after an update of its own lists is not to be done after this one.
  printf '#clear %s;\n' APT::Update::Pre-Invoke APT::Update::Post-Invoke APT::Update::Post-Invoke-Success >apt/conf
  "$command" -qq -c apt/conf -o APT::Architecture="$architecture" -o APT::Architectures::="$architecture" \
    -o Dir::State="$PWD/apt" -o Dir::State::lists="$PWD/apt/lists" -o Dir::State::status="$PWD/apt/status" \
    -o Dir::Cache="$PWD/apt" -o Acquire::Languages=none -o APT::Sandbox::User="$(id -un)" "$@"
}

# fetch ARCHITECTURE METAPACKAGE: the trees of the kernel package that an empty package depends on.
fetch() {
  local architecture=$1 work=$cache/dtbs.$1 package
  rm -rf "$work" && mkdir -p "$work/trees" && cd "$work"
  # A mirror in the middle of an update lacks a list now and then; any kernel of the others will do.
  own_apt "$architecture" apt-get update || printf 'Not all package lists could be fetched.\n'
  package=$(own_apt "$architecture" apt-cache depends "$2" | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p' | head -n 1)
  [ -n "$package" ]
  own_apt "$architecture" apt-get download "$package"
  dpkg-deb --fsys-tarfile linux-image-*.deb | tar -x -C trees --wildcards '*.dtb'
  find linux-image-*.deb -printf '%f\n' >trees/version
  mkdir -p "$dtbs" && rm -rf "${dtbs:?}/$architecture" && mv trees "$dtbs/$architecture"
  cd "$cache" && rm -rf "$work"
}

[ -e "$dtbs/arm64/version" ] || step "Fetching the device trees of Debian's arm64 kernel" fetch arm64 linux-image-arm64
[ -e "$dtbs/armhf/version" ] || step "Fetching the device trees of Debian's armhf kernel" fetch armhf linux-image-armmp
