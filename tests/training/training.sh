#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A short training on MNIST, and one on a user's own float data without n_classes.
#     training.sh MPIRUN DTRAIN
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
cd "$work"

"$mpirun" -np 2 "$dtrain" --iterations 600 --quiet --run-dir digits

python make_data.py own.h5 --rows 1000 207 --inputs 20 --wrong 0 --seed 1
"$mpirun" -np 3 "$dtrain" --data own.h5 --hidden 10 --batch-size 37 --learning-rate 1 \
    --sampling epoch --iterations 1500 --quiet --run-dir own

python training.py
echo "both learned"
