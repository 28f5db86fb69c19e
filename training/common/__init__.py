"""What the training scripts share: data, augmentation, the training loop, the artifact, plots."""
