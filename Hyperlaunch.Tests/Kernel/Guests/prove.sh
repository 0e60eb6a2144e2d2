#!/bin/busybox sh
# What each domain does in the machine tests of the ten configurations: prove ROLES VICTIM [FAILING]
# It tries what its roles grant and what they lack, mostly on VICTIM, and says how each went. FAILING is a domain that crashes.
roles=$1 victim=$2 failing=${3-}
say() { echo "prove: $*"; }
has() { case ,$roles, in *,"$1",*) ;; *) return 1 ;; esac; }

# try COMMAND: gives it, and says what came of it.
try() { if answer=$(hv "$@" 2>&1); then say "$*: done"; else say "$*: $answer"; fi; }

# await NAME TEXT: waits until the domain is shown with the text.
await() { until hv show "$1" | grep -q " $2 "; do usleep 400000; done; }

say "devices: $(ls /sys/bus/pci/devices 2>/dev/null | wc -l)"
if has boot; then
  try pause "$victim"
  try restart "$victim"
  try set "$victim" vcpus 2
  words=$(hv show "$victim" | sed 's/.*cmdline="\(.*\)"/\1/')
  hv set "$victim" cmdline "$words hl.script=echo+prove:+set+by+the+boot+domain" && say "set: done"
elif has control; then
  try finish
  try set "$victim" vcpus 1
  if has console && [ "$victim" = dom0 ]; then
    try destroy "$victim"
  else
    await "$victim" state=running
    try pause "$victim"
    await "$victim" state=paused
    try unpause "$victim"
    try destroy "$victim"
    await "$victim" reason=destroyed
    try restart "$victim"
    await "$victim" restarts=1
  fi
elif has recovery; then
  try pause "$victim"
  try unpause "$victim"
  try restart "$victim"
  try finish
else
  try list
fi

# A domain that has recovery and nothing else is started for the failure, and restarts what failed by itself.
if has recovery && [ "$roles" != recovery ]; then
  if [ -n "$failing" ]; then
    until hv failures | grep -q " name=$failing "; do usleep 400000; done
    await "$failing" failed=yes
    try restart "$failing"
  else
    try failures
  fi
fi
say finished
