#!/usr/bin/env bash
# Takes the ELF kernel (vmlinux, with its PVH entry note) out of a Linux bzImage.
#   build/extract-vmlinux.sh BZIMAGE VMLINUX
# The compressed kernel lies payload_offset bytes into the protected-mode code, payload_length bytes long, and carries
# its unpacked size as four bytes at the end (Linux Documentation/arch/x86/boot.rst: setup_sects, payload_offset, payload_length).
. "$(dirname "$0")/lib.sh"
case ${1-} in -h | --help) usage "$0" && exit ;; esac
[ $# -eq 2 ] || die "give a bzImage and the name of the file to write; see --help."
image=$1 vmlinux=$2

# field OFFSET SIZE: an unsigned little-endian field of the setup header.
field() { od -An -v -j "$1" -N "$2" -t "u$2" --endian=little "$image" | tr -d ' '; }

[ "$(dd if="$image" bs=1 skip=514 count=4 status=none)" = HdrS ] || die "$image is not a bzImage: no HdrS at offset 0x202."
setup_sects=$(field $((0x1f1)) 1)
[ "$setup_sects" -ne 0 ] || setup_sects=4
payload_offset=$(field $((0x248)) 4)
payload_length=$(field $((0x24c)) 4)

# payload BYTES: the compressed kernel's first BYTES.
payload() {
  dd if="$image" bs=1M skip=$(((setup_sects + 1) * 512 + payload_offset)) count="$1" iflag=skip_bytes,count_bytes status=none
}

magic=$(payload 4 | od -An -t x1 | tr -d ' ')
case $magic in
  02214c18) unpack=(lz4 -d -c) ;;
  fd377a58) unpack=(xz -d -c --single-stream) ;;
  1f8b*) unpack=(gzip -d -c) ;;
  28b52ffd) unpack=(zstd -d -c) ;;
  *) die "$image: a payload that begins with $magic is packed in a way this script does not know." ;;
esac
payload $((payload_length - 4)) | "${unpack[@]}" >"$vmlinux"
[ "$(head -c 4 "$vmlinux" | od -An -t x1 | tr -d ' ')" = 7f454c46 ] || die "$image: what it unpacks to is not an ELF file."
