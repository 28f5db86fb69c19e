"""Trains the CIFAR-10 classifier and writes its artifact, metrics and plots.

Runs by itself and as a SageMaker script-mode entry point. `--architecture article` is the
article's network and training; the default is a small AlexNet with more and larger filters.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

import torch

from common import canvas, networks
from common.artifact import manifest, write_artifact
from common.augment import Augmentation
from common.data import ImageSet, hold_out, join, read_images
from common.loop import Settings, Tensors, fit, load_weights, tensors
from common.report import write_report
from drawing import emoji
from drawing.sets import drawn_set

LABELS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SIZE = 32
FILTER = "bilinear"
SCALE = 0.00392156862745098
# Seeds apart from each other and from those of the sample images, so that no drawing is seen twice.
DRAWN_TRAIN_SEED, DRAWN_TEST_SEED, DRAWN_TEST_COUNT = 1001, 1002, 500
CANVAS_TRAIN_SEED = 2001


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """Command line; what is None takes the architecture's own default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=Path, help="folder or zip with train/{label}/*.jpg",
                        default=Path(os.environ.get("SM_CHANNEL_TRAIN", "data/cifar10-train.zip")))
    parser.add_argument("--model-dir", type=Path, default=Path(os.environ.get("SM_MODEL_DIR", "models/cifar10")))
    parser.add_argument("--architecture", choices=("alexnet", "article"), default="alexnet")
    parser.add_argument("--epochs", type=int, default=75)
    parser.add_argument("--batch-size", type=int)
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--held-out", type=int, default=5000, help="images never trained on")
    parser.add_argument("--drawn", type=int, default=4000, help="drawn images in the training mix; 0 needs no font")
    parser.add_argument("--robust", type=float,
                        help="share of the training images shown shrunk onto a canvas; 0 turns it off (default: "
                             "0.45, and 0 for the article's network)")
    parser.add_argument("--variants", type=int, default=4, help="canvas variants made of each training image")
    parser.add_argument("--threads", type=int, default=0, help="0: as many as PyTorch takes by itself")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cache", type=Path, help="folder that keeps decoded images between runs")
    parser.add_argument("--checkpoint", type=Path, default=Path("checkpoints/cifar10.pt"))
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    parser.add_argument("--export-only", action="store_true", help="measure and export the checkpoint as it is")
    return parser.parse_args(given)


def settings_for(options: argparse.Namespace) -> Settings:
    """The article trains with Adam at its default rate in batches of 32; ours with momentum and one cycle."""
    if options.architecture == "article":
        return Settings(options.epochs, options.batch_size or 32, options.learning_rate or 1e-3, optimizer="adam",
                        label_smoothing=0.0, precision=options.precision, seed=options.seed)
    return Settings(options.epochs, options.batch_size or 128, options.learning_rate or 0.1,
                    average=0.998, precision=options.precision, seed=options.seed)


def with_variants(images: ImageSet, options: argparse.Namespace) -> Tensors:
    """What to train on: the images, and their canvas variants if the options ask for them."""
    plain = tensors(images)
    if not options.robust:
        return plain
    made = canvas.variants(images, options.variants, CANVAS_TRAIN_SEED, options.cache)
    return replace(plain, variants=torch.from_numpy(made).permute(0, 1, 4, 2, 3), share=options.robust)


def main() -> None:
    options = arguments()
    if options.robust is None:
        options.robust = 0.0 if options.architecture == "article" else 0.45
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    settings = settings_for(options)
    if options.drawn and not emoji.FONT.exists():
        raise SystemExit(f"{emoji.FONT} is not there: install the font, or give --drawn 0")

    images = read_images(options.train, "train", LABELS, SIZE, SIZE, FILTER, options.cache)
    rest, held_out = hold_out(images, options.held_out)
    mix, drawn_test = [rest], None
    if options.drawn:
        mix.append(drawn_set(emoji.draw_object, LABELS, options.drawn, DRAWN_TRAIN_SEED, SIZE, SIZE, FILTER))
        drawn_test = drawn_set(emoji.draw_object, LABELS, DRAWN_TEST_COUNT, DRAWN_TEST_SEED, SIZE, SIZE, FILTER)
    print(f"{len(rest)} images to train on, {options.drawn} drawn, {len(held_out)} held out", flush=True)

    network = getattr(networks, options.architecture)(len(LABELS))
    model = networks.Scaled(network, SCALE)
    held = tensors(held_out)
    if options.export_only:
        history = load_weights(options.checkpoint, model)
    else:
        history = fit(model, with_variants(join(*mix), options), held, settings, Augmentation(rotated=0.15),
                      options.checkpoint, options.resume)

    write_artifact(options.model_dir, network, manifest(LABELS, SIZE, SIZE, FILTER, SCALE))
    write_report(options.model_dir, model, LABELS, history, settings, options.architecture,
                 data=images.digest(),
                 trained_on={"real": len(rest), "drawn": options.drawn, "shareOnCanvas": options.robust},
                 real=held, drawn=tensors(drawn_test) if drawn_test else None,
                 shrunk=held_out)


if __name__ == "__main__":
    main()
