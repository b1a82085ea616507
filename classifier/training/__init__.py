"""Train models on labelled passages, by the very path that assessment takes, and tune their thresholds."""

from classifier.evaluation import label_matrix
from classifier.training.fitting import pages_of, train
from classifier.training.recipe import Trained, train_model
from classifier.training.tuning import Tuned, save_tuned, tune

__all__ = ["Trained", "Tuned", "label_matrix", "pages_of", "save_tuned", "train", "train_model", "tune"]
