"""What learns from labels: labels and folds, features, the theme model, the practice model, their calibration."""
