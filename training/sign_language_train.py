"""Trains the sign language digits classifier and writes its artifact, metrics and plots.

Runs by itself and as a SageMaker script-mode entry point. The default is a small VGG-style
network trained from nothing; `--architecture vgg16 --weights FILE` is the article's transfer
learning: all frozen but the fifth block and a new dense layer.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import torch

from common.artifact import manifest, write_artifact
from common.augment import Augmentation
from common.data import ImageSet, hold_out, read_images
from common.features import frozen_features
from common.loop import Settings, Tensors, fit, load_weights, tensors
from common.networks import Scaled, small_vgg
from common.report import write_report
from common.vgg16 import SIZE as VGG_SIZE
from common.vgg16 import Vgg16, load_vgg16
from drawing import hands
from drawing.sets import drawn_set

LABELS = tuple("0123456789")
SMALL_SIZE = 64
SMALL_FILTER, VGG_FILTER = "bilinear", "nearest"  # nearest is what Keras' load_img does
SMALL_SCALE = 0.00392156862745098
# No flip: the photographs show right hands, and a mirrored sign is a left hand's.
AUGMENTATION = Augmentation(shift=0.12, rotation=15, zoom=0.15, flip=False, brightness=0.2, rotated=0.8)
DRAWN_TRAIN_SEED, DRAWN_TEST_SEED, DRAWN_TEST_COUNT = 2001, 2002, 300


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """Command line; what is None takes the architecture's own default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=Path, help="folder or zip with train/{digit}/ and val/{digit}/",
                        default=Path(os.environ.get("SM_CHANNEL_TRAIN", "data/sign-language-digits.zip")))
    parser.add_argument("--model-dir", type=Path,
                        default=Path(os.environ.get("SM_MODEL_DIR", "models/sign-language-digits")))
    parser.add_argument("--architecture", choices=("small", "vgg16"), default="small")
    parser.add_argument("--weights", type=Path, help="vgg16: torchvision's .pth or Keras' notop .h5")
    parser.add_argument("--epochs", type=int, help="default: 60, or 20 for vgg16")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, help="default: 0.03, or 0.0001 for vgg16")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--watched", type=int, default=160, help="images of train/ set aside to watch the training by")
    parser.add_argument("--drawn", type=int, default=800, help="drawn hands in the training mix of the small network")
    parser.add_argument("--threads", type=int, default=0, help="0: as many as PyTorch takes by itself")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cache", type=Path, default=Path("checkpoints/cache"),
                        help="keeps images and features between runs")
    parser.add_argument("--checkpoint", type=Path, default=Path("checkpoints/sign-language-digits.pt"))
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    parser.add_argument("--export-only", action="store_true", help="measure and export the checkpoint as it is")
    return parser.parse_args(given)


def train_small(options: argparse.Namespace) -> None:
    """64 x 64 pixels / 255, bilinear; drawn hands among the photographs."""
    train, watched, val, digest = photographs(options, SMALL_SIZE, SMALL_FILTER)
    mix, drawn_test = [train], None
    if options.drawn:
        size = (SMALL_SIZE, SMALL_SIZE, SMALL_FILTER)
        mix.append(drawn_set(hands.draw_hand, LABELS, options.drawn, DRAWN_TRAIN_SEED, *size))
        drawn_test = tensors(drawn_set(hands.draw_hand, LABELS, DRAWN_TEST_COUNT, DRAWN_TEST_SEED, *size))
    settings = Settings(options.epochs or 60, options.batch_size, options.learning_rate or 0.03,
                        label_smoothing=0.05, precision=options.precision, seed=options.seed)

    network = small_vgg(len(LABELS))
    model = Scaled(network, SMALL_SCALE)
    if options.export_only:
        history = load_weights(options.checkpoint, model)
    else:
        history = fit(model, tensors(*mix), tensors(watched), settings, AUGMENTATION,
                      options.checkpoint, options.resume)
    write_artifact(options.model_dir, network, manifest(LABELS, SMALL_SIZE, SMALL_SIZE, SMALL_FILTER, SMALL_SCALE))
    write_report(options.model_dir, model, LABELS, history, settings, "small", data=digest,
                 trained_on={"real": len(train), "drawn": options.drawn}, real=tensors(val), drawn=drawn_test,
                 watched=f"{len(watched)} images of train/ set aside")


def train_vgg16(options: argparse.Namespace) -> None:
    """224 x 224 pixels 0 to 255, nearest neighbour; the frozen part's features are computed once."""
    if options.weights is None:
        print("no --weights: VGG16 starts from random weights, which is of use to try the script only", flush=True)
        network = Vgg16(len(LABELS), normalize=True)
    else:
        network = load_vgg16(options.weights, len(LABELS))
    train, watched, val, digest = photographs(options, VGG_SIZE, VGG_FILTER)
    settings = Settings(options.epochs or 20, options.batch_size, options.learning_rate or 1e-4, optimizer="adam",
                        label_smoothing=0.0, precision=options.precision, seed=options.seed)

    def features(images: ImageSet) -> Tensors:
        return frozen_features(network.frozen(), tensors(images), options.cache)

    model = network.trained()
    if options.export_only:
        history = load_weights(options.checkpoint, model)
    else:
        history = fit(model, features(train), features(watched), settings, lambda rows, _: rows,
                      options.checkpoint, options.resume)
    write_artifact(options.model_dir, network, manifest(LABELS, VGG_SIZE, VGG_SIZE, VGG_FILTER, scale=1))
    write_report(options.model_dir, model, LABELS, history, settings, "vgg16", data=digest,
                 trained_on={"real": len(train), "drawn": 0}, real=features(val), drawn=None,
                 watched=f"{len(watched)} images of train/ set aside")


def photographs(options: argparse.Namespace, size: int, resize_filter: str) -> tuple[ImageSet, ImageSet, ImageSet, str]:
    """(to train on, to watch the training by, val/, hash of train/).

    val/ is the article's own held-out part: it is measured once, at the end.
    """
    train = read_images(options.train, "train", LABELS, size, size, resize_filter, options.cache)
    val = read_images(options.train, "val", LABELS, size, size, resize_filter, options.cache)
    rest, watched = hold_out(train, options.watched)
    print(f"{len(rest)} photographs to train on, {len(watched)} to watch, {len(val)} in val/", flush=True)
    return rest, watched, val, train.digest()


def main() -> None:
    options = arguments()
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    {"small": train_small, "vgg16": train_vgg16}[options.architecture](options)


if __name__ == "__main__":
    main()
