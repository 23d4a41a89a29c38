# SPDX-License-Identifier: MIT
"""Estimators of scikit-learn whose fit() runs the program dtrain (scripts/pandas.md)."""
from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, column_or_1d

from dtrain.training import train

try:
    from sklearn.utils.validation import validate_data
except ImportError:
    # Before scikit-learn 1.6 it was a method.
    def validate_data(estimator, *arrays, **settings):
        return estimator._validate_data(*arrays, **settings)

SEEDS = 2 ** 31 - 1
# The checks of scikit-learn's check_estimator that fail, and why.
EXPECTED_FAILURES = {
    "check_sample_weights_invariance":
        "batches are drawn from all rows, so a row of weight 0 still takes a place in them",
}
PARAMETERS = """
    Features are not scaled: put a StandardScaler before the estimator in a pipeline. They are rounded to single
    precision, as those of every dataset of dtrain.

    Parameters
    ----------
    They are the options of `dtrain train`, with underscores; `dtrain train --help` describes them. One that is None is
    not given, so that the program's own default holds. Where the defaults here differ from the program's, it is so
    that small tables of standardised features are learned well within a second.

    random_state : scikit-learn's name of the seed; it wins over `seed`
    epochs : passes over the rows, in place of iterations
    validation_rows : so many rows are held out, and the weights are those that did best on them
    ranks : the number of MPI ranks, which changes no bit of the result
    options : further words of the command line, such as ("--momentum", "0.5")
"""
ATTRIBUTES = """
    Attributes
    ----------
    coefs_, intercepts_ : the weights and biases of each layer, from the inputs on
    network_ : the same as a dtrain.weights.Network
    n_iter_ : the number of iterations
    loss_curve_ : the loss of each iteration's batch, after the update
    metrics_ : the evaluations, each a dict as in metrics.jsonl
"""


def word_of(value):
    """A parameter as a word of the command line."""
    return ",".join(map(str, value)) if isinstance(value, (list, tuple, np.ndarray)) else str(value)


@dataclass(eq=False, repr=False)
class DtrainEstimator(BaseEstimator):
    """What the estimators share. The fields are the parameters of scikit-learn."""
    hidden: tuple = (16,)
    activation: str = "relu"
    init_std: float | str = "he"
    optimizer: str = "adam"
    learning_rate: float = 0.01
    learning_rate_schedule: str = None
    decay_every: int = None
    decay_factor: float | str = None
    warmup: int = None
    weight_decay: float = None
    batch_size: int = 32
    sampling: str = None
    iterations: int = 1000
    epochs: int = None
    validation_rows: int = None
    patience: int = None
    gradient: str = None
    step: float = None
    seed: int = 0
    random_state: int = None
    ranks: int = 1
    options: tuple = ()

    def _words(self):
        """The parameters as words of the command line."""
        if isinstance(self.options, str):
            raise ValueError(f"options: {self.options!r} is one text; give a list of words")
        given = {name: value for name, value in self.get_params(deep=False).items()
                 if value is not None and name not in ("ranks", "options", "random_state")}
        if self.random_state is not None:
            given["seed"] = check_random_state(self.random_state).randint(SEEDS)
        if "epochs" in given:
            # The program takes one of the two, and `iterations` has a default here.
            given.pop("iterations", None)
        named = [word for name, value in given.items() for word in ("--" + name.replace("_", "-"), word_of(value))]
        return named + [str(word) for word in self.options]

    def _train(self, X, name, targets, sample_weight):
        """Trains on valid rows; `name` is what the dataset calls their targets."""
        if not isinstance(self.ranks, Integral) or self.ranks < 1:
            raise ValueError(f"ranks: {self.ranks!r} is no whole number from 1 on")
        arrays = {"images": X, name: targets}
        if sample_weight is not None:
            arrays["weights"] = _check_sample_weight(sample_weight, X, dtype=np.float64)
            if (arrays["weights"] < 0).any():
                raise ValueError("sample_weight: a weight is negative")
        training = train(arrays, self._words(), self.ranks)
        self.network_ = training.network
        self.coefs_ = [W for W, _ in training.network.layers]
        self.intercepts_ = [b for _, b in training.network.layers]
        self.loss_curve_ = training.losses
        self.n_iter_ = len(training.losses)
        self.metrics_ = training.evaluations

    def _outputs(self, X):
        """The network's outputs (N, K), of inputs as a dataset has them."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float32, reset=False)
        return self.network_.forward(X.astype(np.float64))

    def _more_tags(self):
        return {"_xfail_checks": EXPECTED_FAILURES}


@dataclass(eq=False, repr=False)
class DtrainClassifier(ClassifierMixin, DtrainEstimator):
    __doc__ = f"""A network that predicts classes, trained by the program dtrain.
{PARAMETERS}    class_weights : "balanced", or a weight for each class, in the order of classes_
{ATTRIBUTES}    classes_ : the classes, in the order of predict_proba()
    """
    class_weights: str | tuple = None

    def fit(self, X, y, sample_weight=None):
        """Trains from new initial weights; a row of weight 2 counts as if it were drawn twice. dtrain.Failure,
        with the program's own line, where dtrain fails."""
        X, y = validate_data(self, X, y, dtype=np.float32)
        check_classification_targets(y)
        classes, labels = np.unique(column_or_1d(y, warn=True), return_inverse=True)
        if len(classes) < 2:
            raise ValueError(f"y: has 1 class, {classes[0]!r}, and a classifier needs two")
        self._train(X, "labels", labels, sample_weight)
        self.classes_ = classes
        return self

    def predict_proba(self, X):
        """The probabilities (N, K) of the classes."""
        return self._outputs(X)

    def predict(self, X):
        """The most probable class of each row."""
        best = self._outputs(X).argmax(axis=1)
        return self.classes_[best]


@dataclass(eq=False, repr=False)
class DtrainRegressor(RegressorMixin, DtrainEstimator):
    __doc__ = f"""A network that predicts one or several numbers, trained by the program dtrain. Targets are not scaled:
    a TransformedTargetRegressor with a StandardScaler does that.
{PARAMETERS}{ATTRIBUTES}    """

    def fit(self, X, y, sample_weight=None):
        """As DtrainClassifier.fit(); y is (N) or (N, M)."""
        X, y = validate_data(self, X, y, dtype=np.float32, y_numeric=True, multi_output=True)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        self._train(X, "targets", y.astype(np.float64), sample_weight)
        self._is_flat = y.ndim == 1
        return self

    def predict(self, X):
        """What is predicted for each row, (N) or (N, M) as y was."""
        outputs = self._outputs(X)
        return outputs[:, 0] if self._is_flat else outputs

    def _more_tags(self):
        return {**super()._more_tags(), "multioutput": True}

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
