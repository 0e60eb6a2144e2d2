#!/bin/busybox sh
# shellcheck shell=dash
# The sample recovery domain: shows what has failed, and builds each domain again that failed and does not run.
# docs/boot-domains.md explains it.
say() { echo "recovery-domain: $*"; }

# failed: the name of each domain that has failed, once.
failed() {
  hv failures | while read -r record; do
    for word in $record; do
      case $word in name=*) echo "${word#*=}" ;; esac
    done
  done | sort -u
}

hv failures | while read -r record; do say "failure: $record"; done
for name in $(failed); do
  case $(hv show "$name") in *' state=running '*) continue ;; esac
  if hv restart "$name"; then say "$name runs again"; else say "$name stays as it is"; fi
done
