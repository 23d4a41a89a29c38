# SPDX-License-Identifier: MIT
"""DtrainClassifier and DtrainRegressor.

    estimators.py datasets                          writes NAME.h5 of each case, as a user would by hand
    estimators.py same NAME CHECKPOINT RANKS        fit() on so many ranks finds the weights of a checkpoint, bit by bit
    estimators.py predicts NAME SAID                the estimator predicts what `dtrain predict --json` has said
    estimators.py PART                              another function below
"""
import json
import os
import pickle
import sys
import warnings

import h5py
import numpy as np
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.exceptions import NotFittedError, SkipTestWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from dtrain import DtrainClassifier, DtrainRegressor, Failure, estimators

# Each case has its line in estimators.sh.
CASES = {
    "classes": DtrainClassifier(iterations=200),
    "held_out": DtrainClassifier(hidden=(8, 6), activation="tanh", init_std="xavier", optimizer="momentum",
                                 options=("--momentum", 0.8), epochs=40, batch_size=10, sampling="epoch",
                                 validation_rows=30, patience=3, seed=5, class_weights=[1, 2.5, 0.5]),
    "numbers": DtrainRegressor(hidden=[9], gradient="backprop", learning_rate_schedule="cosine", decay_every=150,
                               decay_factor=0.05, warmup=10, weight_decay=1e-4, iterations=200),
}


def rows_of(name):
    """The rows of a case, in double precision, and what each counts."""
    rng = np.random.default_rng(8)
    X = rng.normal(size=(180, 5))
    if name == "numbers":
        return X, np.stack([np.sin(X[:, 0]) + X[:, 1], X[:, 2] * X[:, 3]], axis=1), rng.uniform(0, 2, len(X))
    return X, np.array(["b", "c", "a"])[(X[:, :3] + rng.normal(0, 0.2, (180, 3))).argmax(axis=1)], None


def datasets():
    for name in CASES:
        X, y, weights = rows_of(name)
        with h5py.File(f"{name}.h5", "w") as file:
            file["train/images"] = X.astype(np.float32)
            if weights is None:
                file["train/labels"] = np.searchsorted(["a", "b", "c"], y)
            else:
                file["train/targets"], file["train/weights"] = y, weights


def fitted(name, ranks=1):
    X, y, weights = rows_of(name)
    return clone(CASES[name]).set_params(ranks=ranks).fit(X, y, weights)


def same(name, checkpoint, ranks):
    estimator = fitted(name, int(ranks))
    with h5py.File(checkpoint) as file:
        group = file["parameters"]
        assert len(group) == 2 * len(estimator.coefs_) == 2 * len(estimator.intercepts_), list(group)
        for n, (W, b) in enumerate(zip(estimator.coefs_, estimator.intercepts_), 1):
            assert W.tobytes() == group[f"W{n}"][:].tobytes(), (name, n)
            assert b.tobytes() == group[f"b{n}"][:].tobytes(), (name, n)


def predicts(name, said):
    estimator = fitted(name)
    X = rows_of(name)[0]
    lines = [json.loads(line) for line in open(said)]
    assert len(lines) == len(X)
    if name == "numbers":
        assert np.allclose(estimator.predict(X), [line["targets"] for line in lines], rtol=1e-12, atol=1e-12)
        return
    assert list(estimator.predict(X)) == [estimator.classes_[line["class"]] for line in lines]
    assert np.allclose(estimator.predict_proba(X), [line["probabilities"] for line in lines], rtol=1e-12, atol=1e-12)


def checks():
    # The regressor by the list of checks that are excused, the classifier without it.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkipTestWarning)
        check_estimator(DtrainRegressor())
    excused = set(estimators.EXPECTED_FAILURES)
    estimators.EXPECTED_FAILURES.clear()
    failed = set()
    for estimator, check in check_estimator(DtrainClassifier(), generate_only=True):
        try:
            check(estimator)
        except Exception as error:
            print(f"{check.func.__name__}: {error}")
            failed.add(check.func.__name__)
    assert failed == excused, failed


def learns():
    """With the default parameters, on standardised tables."""
    for load, least in ((load_iris, 0.94), (load_breast_cancer, 0.96)):
        model = make_pipeline(StandardScaler(), DtrainClassifier())
        found = cross_val_score(model, *load(return_X_y=True), cv=5).mean()
        assert found > least, found
    model = TransformedTargetRegressor(make_pipeline(StandardScaler(), DtrainRegressor(iterations=200)),
                                       transformer=StandardScaler())
    found = cross_val_score(model, *load_diabetes(return_X_y=True), cv=5).mean()
    assert found > 0.4, found


def search():
    X, y = load_iris(return_X_y=True)
    model = make_pipeline(StandardScaler(), DtrainClassifier(iterations=100))
    grid = {"dtrainclassifier__hidden": [(2,), (8,), (8, 4)],
            "dtrainclassifier__learning_rate": np.logspace(-3, -1, 3)}
    found = GridSearchCV(model, grid, cv=3, n_jobs=2, error_score="raise").fit(X, y)
    assert len(found.cv_results_["params"]) == 9 and found.best_score_ > 0.9, found.best_score_


def keeps():
    """A fitted estimator and its copy know what they should, and no file stays."""
    import pandas
    X, y = load_iris(return_X_y=True, as_frame=True)
    names = y.map({0: "setosa", 1: "versicolor", 2: "virginica"})
    estimator = DtrainClassifier(iterations=60, validation_rows=20).fit(X, names)
    copy = pickle.loads(pickle.dumps(estimator))
    assert list(copy.feature_names_in_) == list(X.columns) and copy.n_features_in_ == 4
    assert list(copy.classes_) == ["setosa", "versicolor", "virginica"]
    assert copy.predict_proba(X).tobytes() == estimator.predict_proba(X).tobytes()
    assert copy.score(X, names) == (copy.predict(X) == names).mean()
    assert copy.n_iter_ == len(copy.loss_curve_) == 60 and copy.loss_curve_[0] > 0
    metrics = pandas.DataFrame(copy.metrics_)
    assert metrics.iteration.iloc[-1] == 60 and metrics.validation_accuracy.between(0, 1).all()
    assert str(copy.network_) == "4-16-3, relu"
    first, again, other = (DtrainClassifier(iterations=20, random_state=state).fit(X, names).coefs_[0]
                           for state in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other), "random_state"
    # None leaves the choice to the program.
    assert DtrainClassifier(iterations=None, epochs=2, batch_size=None).fit(X, names).n_iter_ == 3
    assert not os.listdir(os.environ["TMPDIR"]), os.listdir(os.environ["TMPDIR"])


def refusal(error, kind=DtrainClassifier, weights=None, **parameters):
    """The text of the error that fit() raises."""
    try:
        kind(**parameters).fit(*load_iris(return_X_y=True), weights)
    except error as raised:
        return str(raised)
    sys.exit(f"{parameters}: not refused")


def refuses():
    """What dtrain says is what the user gets."""
    assert refusal(Failure, learning_rate="fast") == "--learning-rate: 'fast' is not a number from 0 to 1e+06"
    assert refusal(Failure, hidden=()).startswith("--hidden: '' is not a list")
    assert refusal(Failure, ranks=2, optimizer="newton").startswith("--optimizer: 'newton' is ")
    said = refusal(Failure, DtrainRegressor, optimizer="sgd", learning_rate=1000, ranks=2)
    assert said.startswith("iteration 1: ") and said.endswith(" try a smaller --learning-rate than 1000"), said
    assert refusal(Failure, options=["--dry-run"]).endswith("run: is no run directory and no checkpoint in one")
    assert refusal(ValueError, options="--momentum 0.5").startswith("options: ")
    for ranks in (0, 1.5, "2", None):
        assert refusal(ValueError, ranks=ranks).startswith("ranks: ")
    weights = np.ones(150)
    weights[7] = -1
    assert refusal(ValueError, weights=weights) == "sample_weight: a weight is negative"
    X, y = load_iris(return_X_y=True)
    try:
        DtrainClassifier().predict(X)
    except NotFittedError:
        return
    sys.exit("predicts before it is fitted")


def no_program():
    os.environ["DTRAIN"] = "nowhere"
    assert refusal(Failure) == "the program dtrain is not found; name it by DTRAIN=FILE"


def two_ranks():
    X, y = load_iris(return_X_y=True)
    first, second = (DtrainClassifier(iterations=20, ranks=ranks).fit(X, y) for ranks in (1, 2))
    assert first.coefs_[0].tobytes() == second.coefs_[0].tobytes()


globals()[sys.argv[1]](*sys.argv[2:])
