# SPDX-License-Identifier: MIT
# What the tests of the Python scripts share. They source this file after scratch.lib.sh.
# shellcheck shell=bash

# refused WORDS SCRIPT ARGUMENT...: the script ends with exit code 1 and one line "NAME.py: ..." that
# matches the words (a pattern of grep).
refused() {
    local words=$1 code=0
    shift
    "$@" >out 2>err || code=$?
    if [ "$code" -ne 1 ] || [ "$(wc -l <err)" -ne 1 ] || ! grep -q "^$(basename "$1"): .*$words" err; then
        fail "$*: exit $code instead of one line with '$words': $(cat err)"
    fi
}

# has MODULE: whether Python has the module; prints a line if not.
has() {
    /usr/bin/python3 -c "import $1" 2>/dev/null || {
        echo "skipped: no $1"
        return 1
    }
}
