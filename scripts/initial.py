# SPDX-License-Identifier: MIT
"""The weights that a run began with: drawn from its seed, as dtrain draws them (src/core/numbers/rng.c and
src/core/model/network.c), or those of the file that it was given."""
import numpy as np

from failure import Failure
from runs import has_norms
from weights import Network, named_arrays, read_network

# Philox4x32-10: the factors, what is added to the key after each round, and the number of rounds.
FACTORS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
KEY_STEPS = (0x9E3779B9, 0xBB67AE85)
ROUNDS = 10
WORD_BITS, WORD = np.uint64(32), np.uint64(0xFFFFFFFF)
# dtrain's name for it is RNG_PARAMETERS.
STREAM = np.uint64(2)
# The deviation is sqrt(gain / inputs).
GAINS = {"he": 2, "xavier": 1}
# Sums of squares in another order differ by less.
NORM_TOLERANCE = 1e-9


def philox(counter, key):
    """Four random words for each counter of four words. Words are of 32 bits, in arrays of uint64;
    the key is two numbers."""
    a, b, c, d = counter
    for n in range(ROUNDS):
        first, second = (np.uint64((word + n * step) % 2**32) for word, step in zip(key, KEY_STEPS))
        of_a, of_c = FACTORS[0] * a, FACTORS[1] * c
        a, b = (of_c >> WORD_BITS) ^ b ^ first, of_c & WORD
        c, d = (of_a >> WORD_BITS) ^ d ^ second, of_a & WORD
    return a, b, c, d


def uniform(low, high):
    """Numbers on (-1, 1), by the upper 53 bits of two words."""
    bits = ((high << WORD_BITS) | low) >> np.uint64(11)
    return (bits.astype(float) + 0.5) * 2.0**-52 - 1


def normals(seed, count):
    """The first normal numbers of a seed, by Marsaglia's polar method: a point in the unit disc
    gives two. The points that miss it are drawn again."""
    pairs = np.empty(((count + 1) // 2, 2))
    left, attempt = np.arange(len(pairs), dtype=np.uint64), 0
    while left.size > 0:
        counter = (np.full_like(left, STREAM), left & WORD, left >> WORD_BITS, np.full_like(left, attempt))
        words = philox(counter, (seed % 2**32, seed >> 32))
        points = np.stack((uniform(*words[:2]), uniform(*words[2:])), axis=1)
        square = (points**2).sum(axis=1)
        hits = square < 1
        scale = np.sqrt(-2 * np.log(square[hits]) / square[hits])
        pairs[left[hits]] = points[hits] * scale[:, np.newaxis]
        left, attempt = left[~hits], attempt + 1
    return pairs.reshape(-1)[:count]


def initial_network(widths, activation, deviation, seed):
    """The Network of these widths that a run begins with. The deviation is a number, "he" or
    "xavier"."""
    shapes = list(zip(widths, widths[1:]))
    numbers = normals(seed, sum(inputs * outputs for inputs, outputs in shapes))
    layers = []
    for inputs, outputs in shapes:
        scale = np.sqrt(GAINS[deviation] / inputs) if deviation in GAINS else deviation
        layers.append((scale * numbers[:inputs * outputs].reshape(inputs, outputs), np.zeros(outputs)))
        numbers = numbers[inputs * outputs:]
    return Network(layers, activation)


def check_norms(network, run, source):
    """Raises Failure where the norms on record are others. Older runs have none on record."""
    first = run.evaluations[0]
    if first["iteration"] > 0 or not has_norms(first):
        return
    for name, values in named_arrays(network.layers).items():
        norm = np.linalg.norm(values)
        if abs(norm - first["weight_norms"].get(name, np.inf)) > NORM_TOLERANCE * norm:
            raise Failure(f"{source}: {name} is not the one that the run began with")


def from_seed(run, network):
    rule = run.option("init-std")
    deviation = rule if rule in GAINS else run.number("init-std", float)
    return initial_network(network.widths, network.activation, deviation, run.number("seed", int))


def first_network(run, network):
    """The Network that the run began with, and in words where it is from. `network` is a later one
    of the same run. Failure or OSError where the weights are not to be had any more."""
    given = run.option("weights")
    if not given:
        first = from_seed(run, network)
        check_norms(first, run, f"seed {run.option('seed')}")
        return first, "drawn from its seed"
    _, first = read_network(given)
    if (first.widths, first.activation) != (network.widths, network.activation):
        raise Failure(f"{given}: is another network than that of the run")
    check_norms(first, run, given)
    return first, f"read from {given}"
