"""The training loop: one-cycle or constant learning rate, checkpoints after every epoch, resume."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from .data import ImageSet

# (rows of the training tensor, generator) -> what the network takes
Prepare = Callable[[torch.Tensor, torch.Generator], torch.Tensor]


@dataclass(frozen=True)
class Settings:
    """How long and how fast to train."""

    epochs: int
    batch_size: int
    learning_rate: float
    optimizer: str = "sgd"        # sgd: momentum and one cycle; adam: constant rate
    weight_decay: float = 5e-4
    label_smoothing: float = 0.05
    average: float = 0.0          # decay per step of the averaged weights, which are the result; 0: no averaging
    precision: str = "float32"    # or bfloat16: autocast, two to three times as fast where the CPU has it
    seed: int = 1


@dataclass
class History:
    """One entry an epoch."""

    train_loss: list[float] = field(default_factory=list)
    train_accuracy: list[float] = field(default_factory=list)
    held_out_accuracy: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Tensors:
    """Inputs (any type, first dimension = images) and int64 targets.

    variants: other versions of each input, (count, images, ...), for training
    share: part of the inputs of a batch that are variants
    """

    inputs: torch.Tensor
    targets: torch.Tensor
    variants: torch.Tensor | None = None
    share: float = 0.0

    def batch(self, rows: torch.Tensor, random: torch.Generator) -> torch.Tensor:
        """The inputs at `rows`, a random part of them replaced by one of their variants."""
        inputs = self.inputs[rows]
        if self.variants is not None and self.share:
            chosen = torch.rand(len(rows), generator=random) < self.share
            turn = torch.randint(len(self.variants), (len(rows),), generator=random)
            inputs[chosen] = self.variants[turn[chosen], rows[chosen]]
        return inputs


def tensors(*sets: ImageSet) -> Tensors:
    """uint8 (images, 3, height, width) and targets, the sets one behind the other."""
    pixels = np.concatenate([s.pixels for s in sets]).transpose(0, 3, 1, 2)
    return Tensors(torch.from_numpy(np.ascontiguousarray(pixels)),
                   torch.from_numpy(np.concatenate([s.targets for s in sets])))


def fit(model: nn.Module, train: Tensors, held_out: Tensors, settings: Settings, augment: Prepare,
        checkpoint: Path, resume: bool) -> History:
    """Trains `model` in place and returns the history.

    The network of the last epoch is the result, with averaged weights if the settings say so. The held-out part
    is measured, never chosen by.
    """
    steps = settings.epochs * (len(train.targets) // settings.batch_size)
    optimizer, schedule = _optimizer(model, settings, steps)
    random = torch.Generator().manual_seed(settings.seed)
    torch.manual_seed(settings.seed)
    average = copy.deepcopy(model) if settings.average else None
    history = History()
    if resume and checkpoint.exists():
        history = _load(checkpoint, model, optimizer, schedule, random, average)
        print(f"resumed after epoch {len(history.seconds)}", flush=True)

    model.to(memory_format=torch.channels_last)
    result = model if average is None else average
    while len(history.seconds) < settings.epochs:
        started = time.perf_counter()
        loss, accuracy = _epoch(model, train, settings, augment, optimizer, schedule, random, average)
        history.train_loss.append(loss)
        history.train_accuracy.append(accuracy)
        scores = probabilities(result, held_out.inputs)
        history.held_out_accuracy.append(float((scores.argmax(1) == held_out.targets.numpy()).mean()))
        history.seconds.append(time.perf_counter() - started)
        _save(checkpoint, model, optimizer, schedule, random, history, average)
        print(f"epoch {len(history.seconds)}/{settings.epochs}: loss {loss:.4f}, train {accuracy:.4f}, "
              f"held out {history.held_out_accuracy[-1]:.4f}, {history.seconds[-1]:.0f} s", flush=True)
    model.load_state_dict(result.state_dict())
    return history


def load_weights(checkpoint: Path, model: nn.Module) -> History:
    """Fills `model` from a checkpoint, with the averaged weights if there are any; returns the history so far."""
    return _load(checkpoint, model)


def probabilities(model: nn.Module, inputs: torch.Tensor, batch_size: int = 256) -> np.ndarray:
    """Softmax of the network's logits in float32: (images, classes)."""
    model.eval()
    with torch.no_grad():
        parts = [F.softmax(model(part.float()), 1) for part in inputs.split(batch_size)]
    return torch.cat(parts).numpy()


def _epoch(model: nn.Module, train: Tensors, settings: Settings, augment: Prepare,
           optimizer: torch.optim.Optimizer, schedule: torch.optim.lr_scheduler.LRScheduler | None,
           random: torch.Generator, average: nn.Module | None) -> tuple[float, float]:
    """One pass over the training part; returns mean loss and accuracy on the augmented images."""
    model.train()
    order = torch.randperm(len(train.targets), generator=random)
    loss_sum, right, seen = 0.0, 0, 0
    for rows in order.split(settings.batch_size):
        if len(rows) < settings.batch_size and seen:
            break  # batch normalisation wants full batches; the rest gets its turn in another epoch
        inputs = augment(train.batch(rows, random).float(), random).contiguous(memory_format=torch.channels_last)
        targets = train.targets[rows]
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=settings.precision == "bfloat16"):
            logits = model(inputs)
        loss = F.cross_entropy(logits.float(), targets, label_smoothing=settings.label_smoothing)
        loss.backward()
        optimizer.step()
        if schedule is not None:
            schedule.step()
        if average is not None:
            _blend(average, model, settings.average)
        loss_sum += float(loss) * len(rows)
        right += int((logits.argmax(1) == targets).sum())
        seen += len(rows)
    return loss_sum / seen, right / seen


def _blend(average: nn.Module, model: nn.Module, decay: float) -> None:
    """Moves the averaged weights, and batch normalization's statistics with them, toward the model's."""
    with torch.no_grad():
        for kept, now in zip(average.state_dict().values(), model.state_dict().values()):
            if kept.is_floating_point():
                kept.lerp_(now, 1 - decay)
            else:
                kept.copy_(now)


def _optimizer(model: nn.Module, settings: Settings, steps: int) -> tuple[
        torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler | None]:
    parameters = [p for p in model.parameters() if p.requires_grad]
    if settings.optimizer == "adam":
        return torch.optim.Adam(parameters, settings.learning_rate), None
    sgd = torch.optim.SGD(parameters, settings.learning_rate, momentum=0.9, nesterov=True,
                          weight_decay=settings.weight_decay)
    cycle = torch.optim.lr_scheduler.OneCycleLR(
        sgd, settings.learning_rate, total_steps=max(steps, 1) + 1, pct_start=0.2,
        div_factor=10, final_div_factor=1000, cycle_momentum=False)
    return sgd, cycle


def _save(checkpoint: Path, model: nn.Module, optimizer: torch.optim.Optimizer,
          schedule: torch.optim.lr_scheduler.LRScheduler | None, random: torch.Generator, history: History,
          average: nn.Module | None = None) -> None:
    """Writes beside the file and renames, so that an interrupted write leaves the previous checkpoint."""
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    part = checkpoint.with_suffix(".part")
    torch.save({
        "model": model.state_dict(), "optimizer": optimizer.state_dict(),
        "average": average.state_dict() if average is not None else None,
        "schedule": schedule.state_dict() if schedule is not None else None,
        "random": random.get_state(), "dropout": torch.get_rng_state(), "history": vars(history)}, part)
    part.replace(checkpoint)


def _load(checkpoint: Path, model: nn.Module, optimizer: torch.optim.Optimizer | None = None,
          schedule: torch.optim.lr_scheduler.LRScheduler | None = None,
          random: torch.Generator | None = None, average: nn.Module | None = None) -> History:
    """Without an optimizer the model is for use, not for more training, and gets the averaged weights."""
    state = torch.load(checkpoint)
    averaged = state.get("average")
    model.load_state_dict(averaged if averaged and optimizer is None else state["model"])
    if average is not None:
        average.load_state_dict(averaged or state["model"])
    if optimizer is not None and random is not None:
        optimizer.load_state_dict(state["optimizer"])
        random.set_state(state["random"])
        torch.set_rng_state(state["dropout"])
    if schedule is not None:
        schedule.load_state_dict(state["schedule"])
    return History(**state["history"])
