#!/usr/bin/env bash
# Fetches the sample guest from Debian and makes it ready in build/cache/guest/, installing nothing of it:
#   vmlinuz      Debian's cloud kernel, a bzImage
#   vmlinux      the same kernel as an ELF file with a PVH entry
#   initrd       busybox and what is in build/guest/, the same bytes every time
#   initrd-hardware  the same, and the kernel's drivers for virtio disks and network cards
#   initrd-domains   the same as initrd, and the drivers for disks and networks that domains give each other
#   versions     what they are made of
# It takes some 10 s and fetches 27 MB. What is there already is kept, so this works without a network; --refresh fetches again.
. "$(dirname "$0")/lib.sh"
case ${1-} in
  -h | --help) usage "$0" && exit ;;
  --refresh) rm -rf "$cache/debs" "$cache/guest" ;;
  '') ;;
  *) die "does not know $1; see --help." ;;
esac
debs=$cache/debs guest=$cache/guest
# In the order in which they need each other.
drivers='drivers/virtio/virtio_ring drivers/virtio/virtio drivers/virtio/virtio_pci_legacy_dev
  drivers/virtio/virtio_pci_modern_dev
  drivers/virtio/virtio_pci drivers/block/virtio_blk net/core/failover drivers/net/net_failover drivers/net/virtio_net'
domain_drivers='drivers/block/xen-blkfront drivers/net/xen-netfront drivers/block/xen-blkback/xen-blkback
  drivers/net/xen-netback/xen-netback drivers/block/brd drivers/block/loop net/llc/llc net/802/stp net/bridge/bridge'

# The package behind linux-image-cloud-amd64, which is an empty package that depends on the current kernel.
kernel_package() { apt-cache depends linux-image-cloud-amd64 | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p' | head -n 1; }

fetch() {
  local kernel
  rm -rf "$debs.new" && mkdir -p "$debs.new" && cd "$debs.new"
  kernel=$(kernel_package)
  [ -n "$kernel" ]
  # As root, apt would warn that its own user cannot write here: it need not.
  apt-get -qq -o APT::Sandbox::User="$(id -un)" download "$kernel" busybox-static
  mkdir linux busybox
  dpkg-deb -x linux-image-*.deb linux
  dpkg-deb -x busybox-static_*.deb busybox
  rm -rf "$debs" && mv "$debs.new" "$debs"
}

# The archive's bytes depend on its content only: fixed modes, times, owners, inode numbers and order.
archive() {
  find "$1" -exec touch -h -d @0 {} +
  (cd "$1" && find . -print0 | LC_ALL=C sort -z | cpio --quiet --null -o -H newc --reproducible --owner=0:0)
}

# with_drivers NAME DRIVER...: the initramfs with drivers, as Linux unpacks one archive after the other.
with_drivers() {
  local tree=$guest/tree name=$1 driver number=0
  shift
  mkdir -p "$tree/lib/modules"
  for driver; do
    number=$((number + 1))
    install -m 644 "$debs"/linux/lib/modules/*/kernel/"$driver.ko" "$tree/lib/modules/$number-$(basename "$driver").ko"
  done
  (cat "$guest/initrd.new" && archive "$tree") >"$guest/$name"
  rm -rf "$tree"
}

initrd() {
  local tree=$guest/tree applet
  umask 022
  rm -rf "$tree" && mkdir -p "$tree"/{bin,dev,proc,root,sys,tmp}
  install -m 755 "$debs/busybox/bin/busybox" "$tree/bin/busybox"
  for applet in $("$tree/bin/busybox" --list); do
    [ "$applet" = busybox ] || ln -s busybox "$tree/bin/$applet"
  done
  install -m 755 "$build/guest/init" "$tree/init"
  install -m 755 "$build/guest/hv" "$tree/bin/hv"
  install -m 755 "$build/guest/store" "$tree/bin/store"
  install -m 755 "$build/guest/backend" "$tree/bin/backend"
  install -m 755 "$build/guest/measure" "$tree/bin/measure"
  install -m 755 "$build/guest/boot-domain.sh" "$tree/bin/boot-domain"
  install -m 755 "$build/guest/recovery-domain.sh" "$tree/bin/recovery-domain"
  archive "$tree" >"$guest/initrd.new"
  rm -rf "$tree"
  # shellcheck disable=SC2086 # these are lists
  with_drivers initrd-hardware $drivers
  # shellcheck disable=SC2086
  with_drivers initrd-domains $domain_drivers
  mv "$guest/initrd.new" "$guest/initrd"
}

[ -e "$debs/linux/boot" ] || step "Fetching the guest: Debian's cloud kernel and busybox" with_package_lists fetch
mkdir -p "$guest"
if [ ! -e "$guest/versions" ] || [ "$debs" -nt "$guest/versions" ]; then
  packages guest
  cp "$debs"/linux/boot/vmlinuz-* "$guest/vmlinuz"
  step "Unpacking the guest's kernel" "$build/extract-vmlinux.sh" "$guest/vmlinuz" "$guest/vmlinux"
  find "$debs" -maxdepth 1 -name '*.deb' -printf '%f\n' | sort >"$guest/versions"
fi
if [ ! -e "$guest/initrd" ] || [ ! -e "$guest/initrd-domains" ] \
  || [ -n "$(find "$debs" "$build/guest" "$build/fetch-guest.sh" -maxdepth 1 -newer "$guest/initrd")" ]; then
  packages guest
  step "Making the guest's initramfs" initrd
fi
