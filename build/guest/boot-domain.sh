#!/bin/busybox sh
# shellcheck shell=dash
# The sample boot domain: looks at what it was handed, starts the other domains in an order, and says that it has finished.
# Its configuration, if it has one, is that order: commands for hv, a line each, and `finish` is added. docs/boot-domains.md
# explains it.
say() { echo "boot-domain: $*"; }
give_up() { say "gives up: $*" && exit 1; }

# holders ROLE: the names of the domains that have the role and wait.
holders() {
  hv list | while read -r record; do
    name='' state='' roles=''
    for word in $record; do
      case $word in
        name=*) name=${word#*=} ;;
        state=*) state=${word#*=} ;;
        roles=*) roles=${word#*=} ;;
      esac
    done
    case $state,$roles, in paused,*,"$1",* | paused,"$1",*) echo "$name" ;; esac
  done
}

give() {
  say "$*"
  hv "$@" || give_up "\"$*\" was not done."
}

cd /hyperlaunch 2>/dev/null || give_up "there is no /hyperlaunch; only a boot domain has it."
say "the tree is $(sha256sum lcm.dtb | cut -c1-64)"
while read -r index kind _ size string; do
  say "module $index: $kind, $size bytes${string:+, \"$string\"}"
done <modules

if [ -e config ]; then
  # Blanks part a command's words; nothing else in it means anything to this shell.
  set -f
  while read -r command; do
    # shellcheck disable=SC2086
    case $command in '' | '#'*) ;; *) give $command ;; esac
  done <config
else
  for role in xenstore hardware control console; do
    for name in $(holders "$role"); do give unpause "$name"; done
  done
fi
give finish
