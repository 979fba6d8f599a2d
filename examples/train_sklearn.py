"""A training script with the six lines of the README in it.

    contexta serve                        (in another terminal)
    python examples/train_sklearn.py
    contexta show latest

Without a server: `CONTEXTA_ENDPOINT=file:.contexta python examples/train_sklearn.py`.
"""

import joblib
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import train_test_split

import contexta

features, labels = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(features, labels, random_state=0)
model = HistGradientBoostingClassifier(max_iter=20, random_state=0)

with contexta.run("tumours", type="training"):
    contexta.log_configuration(model.get_params())
    model.fit(X_train, y_train)
    contexta.log_metric("accuracy", model.score(X_test, y_test), higher_is_better=True)
    joblib.dump(model, "model.joblib")
    contexta.log_artifact("model.joblib", kind="model_bundle")
