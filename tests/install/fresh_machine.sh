#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Runs a command on a newcomer's machine: a bare Debian in a folder, with the sources in it as they
# would be cloned. All processes that the command starts end with it.
#     fresh_machine.sh SUITE WHO COMMAND...      fresh_machine.sh trixie sudo scripts/train.sh
# SUITE: bookworm (Debian 12: gcc 12, Open MPI 4.1, HDF5 1.10) or trixie (Debian 13: gcc 14, Open MPI
# 5.0, HDF5 1.14). WHO runs the command: root; sudo, a user who may become root; or user, who may not.
# The base system is made once and kept in $FRESH_ROOTS (default: /var/tmp/dtrain-fresh).
# Exit code 77: there is no root, no debootstrap or no Debian archive here.
set -euo pipefail
suite=$1 who=$2
shift 2
source_dir=$(cd "$(dirname "$0")/../.." && pwd)
roots=${FRESH_ROOTS:-/var/tmp/dtrain-fresh}

skip() {
    echo "skipped: $*"
    exit 77
}

[ "$(id -u)" -eq 0 ] && unshare --mount --pid --uts --fork true 2>/dev/null ||
    skip "only root can make a machine inside this one"
command -v debootstrap >/dev/null || skip "no debootstrap"
git -C "$source_dir" rev-parse 2>/dev/null || skip "the sources are no git checkout"

# The archive that this machine installs from.
archive=$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true; } |
    grep -oE 'https?://[^ ]+' | grep -E '/debian/?$' | head -n 1)
[ -n "$archive" ] || skip "this machine installs from no Debian archive"

make_base() {
    local new=$roots/$suite.new setting
    rm -rf "$new"
    debootstrap --variant=minbase "$suite" "$new" "$archive" >"$roots/$suite.log" 2>&1 || {
        tail -n 3 "$roots/$suite.log" >&2
        return 1
    }
    # The settings by which this machine reaches the archive, such as a proxy, are needed inside too.
    # Those that belong to a package come with the package.
    for setting in /etc/apt/apt.conf.d/*; do
        dpkg-query -S "$setting" >/dev/null 2>&1 || cp "$setting" "$new/etc/apt/apt.conf.d/"
    done
    cp -L /etc/resolv.conf "$new/etc/" 2>/dev/null || true
    echo "127.0.0.1 localhost fresh" >"$new/etc/hosts"
    chroot "$new" useradd --create-home --shell /bin/bash newcomer
    tar -C "$new" -cf "$roots/$suite.part" .
    mv "$roots/$suite.part" "$roots/$suite.tar"
    rm -rf "$new"
}

mkdir -p "$roots"
[ -e "$roots/$suite.tar" ] || make_base
root=$(mktemp -d "$roots/$suite-XXXXXX")
trap 'rm -rf "$root"' EXIT
tar -C "$root" -xf "$roots/$suite.tar"
mkdir "$root/home/newcomer/dtrain"
(cd "$source_dir" && git ls-files -z | tar --null --files-from=- -cf -) |
    tar -C "$root/home/newcomer/dtrain" --no-same-owner -xf -
case $who in
root) ;;
sudo | user) chroot "$root" chown -R newcomer:newcomer /home/newcomer ;;
*) echo "fresh_machine.sh: WHO is root, sudo or user" >&2 && exit 2 ;;
esac

export root who
unshare --mount --pid --uts --fork --kill-child bash -s -- "$@" <<'INSIDE'
set -e
hostname fresh
mount --make-rprivate /
# The root must be a mount point, so that commands inside can make mount namespaces.
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount -t sysfs sysfs "$root/sys" 2>/dev/null || true
inside=(chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8)
if [ "$who" = sudo ]; then
    "${inside[@]}" DEBIAN_FRONTEND=noninteractive sh -c 'apt-get update && apt-get install -y sudo' \
        >"$root/tmp/sudo.log" 2>&1 || { cat "$root/tmp/sudo.log" >&2; exit 1; }
    echo 'newcomer ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/newcomer"
fi
printf -v words '%q ' "$@"
if [ "$who" = root ]; then
    inside+=(HOME=/root)
else
    inside+=(HOME=/home/newcomer setpriv --reuid newcomer --regid newcomer --init-groups)
fi
"${inside[@]}" bash -c "cd /home/newcomer/dtrain && $words" </dev/null
INSIDE
