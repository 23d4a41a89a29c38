#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The revision follows the sources from build to build, and a file that need not change is not
# touched; the program and the change log name the project's version.
#     version.sh CMAKE DTRAIN SOURCE_FOLDER VERSION
set -euo pipefail
cmake=$1 dtrain=$2 source=$3 version=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
    echo "$*" >&2
    exit 1
}

[[ $("$dtrain" --version) =~ ^dtrain\ "$version"\ \([^\ ]+\)$ ]] || fail "dtrain --version: $("$dtrain" --version)"
newest=$(grep -m 1 -oE '^## \[[^]]+\]' "$source/CHANGELOG.md")
[ "$newest" = "## [$version]" ] || fail "CHANGELOG.md begins with $newest, the project is $version"
command -v git >/dev/null || {
    echo "skipped: no git"
    exit 77
}

# expect REVISION FOLDER: a build of the sources in that folder has that revision.
expect() {
    "$cmake" -D SOURCE="$work/$2" -D VERSION=1.2.3 -D OUTPUT="$work/version.c" -P "$2/common/version.cmake"
    grep -q '"1.2.3"' version.c || fail "no version"
    grep -qF "\"$1\"" version.c || fail "$2: $(grep return version.c), not $1"
}
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@a GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@a
mkdir -p sources/common
cp "$source"/src/common/version.{cmake,c.in} sources/common
sed 's:src/::' "$source/.gitattributes" >sources/.gitattributes
expect unknown sources
git -C sources init -q
git -C sources add .
git -C sources commit -q -m one
first=$(git -C sources rev-parse --short HEAD)
expect "$first" sources
touch -d @1 version.c
expect "$first" sources
[ "$(stat -c %Y version.c)" = 1 ] || fail "version.c was rewritten without a change"
echo >>sources/common/version.c.in
expect "$first-dirty" sources
git -C sources commit -q -a -m two
expect "$(git -C sources rev-parse --short HEAD)" sources

# An archive keeps its revision, even inside another checkout.
mkdir sources/archive
git -C sources archive "$first" | tar -x -C sources/archive
expect "$first" sources/archive
cp -r "$source"/src/common/version.{cmake,c.in} sources/archive/common
expect unknown sources/archive
echo "the revision is that of the sources built"
