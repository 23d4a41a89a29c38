# SPDX-License-Identifier: MIT
#
# The simulation of pond.py as a program with files, for any_program.py: reads lines NAME = VALUE and writes
# pond.out, a line "loss = VALUE".
#     awk -f pond.awk pond.in
{ parameter[$1] = $3 + 0 }

END {
    days = split("1.00 1.31 1.52 1.68 1.79 1.88 1.94 1.99 2.02 2.05", levels, " ")
    level = 1
    for (day = 1; day <= days; ++day) {
        error += (level - levels[day]) ^ 2
        for (i = 0; i < 100; ++i)
            level += (parameter["inflow"] - parameter["outlet"] * (level > 0 ? level : 0) ^ 1.5 \
                      - parameter["seepage"] * level) / 100
        if (level <= 0 || level >= 3) {
            printf "the pond is dry or floods on day %d: %.3g m\n", day - 1, level >"/dev/stderr"
            exit 1
        }
    }
    printf "loss = %.17g\n", error / days >"pond.out"
}
