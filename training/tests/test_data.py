"""Reading folders and zips, resizing, and the split by content."""

import io
import tempfile
import unittest
import zipfile
from pathlib import Path

import context  # noqa: F401
import numpy as np
from PIL import Image

from common.data import ImageSet, hold_out, read_images

LABELS = ("cat", "dog")


def photo(seed: int) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (12, 10, 3), dtype=np.uint8)
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    return content.getvalue()


def write_folder(root: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)


class ReadImages(unittest.TestCase):
    def setUp(self) -> None:
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = Path(self.temporary.name)
        self.files = {f"train/{LABELS[n % 2]}/{n}.png": photo(n) for n in range(6)}
        self.files["val/cat/9.png"] = photo(9)

    def read(self, source: Path, part: str = "train", cache: Path | None = None) -> ImageSet:
        return read_images(source, part, LABELS, 8, 8, "bilinear", cache)

    def test_zip_and_folder_give_the_same(self) -> None:
        write_folder(self.folder / "data", self.files)
        archive = self.folder / "data.zip"
        with zipfile.ZipFile(archive, "w") as stream:
            for name, content in self.files.items():
                stream.writestr(name, content)
        a, b = self.read(self.folder / "data"), self.read(archive)
        np.testing.assert_array_equal(a.pixels, b.pixels)
        self.assertEqual(a.digest(), b.digest())
        self.assertEqual(a.pixels.shape, (6, 8, 8, 3))
        self.assertEqual(list(a.targets), [0, 0, 0, 1, 1, 1])

    def test_channel_folder_with_a_single_zip(self) -> None:
        with zipfile.ZipFile(self.folder / "data.zip", "w") as stream:
            stream.writestr("train/dog/1.png", photo(1))
        self.assertEqual(len(self.read(self.folder)), 1)

    def test_channel_folder_with_labels_only_is_the_training_part(self) -> None:
        write_folder(self.folder, {"cat/1.png": photo(1)})
        self.assertEqual(len(self.read(self.folder)), 1)
        with self.assertRaises(SystemExit):
            self.read(self.folder, "val")

    def test_cache_gives_the_same(self) -> None:
        write_folder(self.folder / "data", self.files)
        first = self.read(self.folder / "data", cache=self.folder / "cache")
        again = self.read(self.folder / "data", cache=self.folder / "cache")
        np.testing.assert_array_equal(first.pixels, again.pixels)
        self.assertEqual(first.digest(), again.digest())

    def test_missing_data_says_where_to_look(self) -> None:
        with self.assertRaisesRegex(SystemExit, "training/README.md"):
            self.read(self.folder / "nowhere")


class HoldOut(unittest.TestCase):
    def images(self, digests: list[str]) -> ImageSet:
        count = len(digests)
        return ImageSet(np.arange(count, dtype=np.uint8).reshape(-1, 1, 1, 1), np.zeros(count, np.int64),
                        np.array(digests), LABELS)

    def test_split_follows_content_not_order(self) -> None:
        digests = [f"{n * 37 % 101:04x}" for n in range(20)]
        rest, held = hold_out(self.images(digests), 5)
        _, held_again = hold_out(self.images(digests[::-1]), 5)
        self.assertEqual((len(rest), len(held)), (15, 5))
        self.assertEqual(set(held.digests), set(held_again.digests))
        self.assertFalse(set(held.digests) & set(rest.digests))

    def test_copies_stay_together(self) -> None:
        rest, held = hold_out(self.images(["a", "b", "b", "c"]), 2)
        self.assertFalse(set(held.digests) & set(rest.digests))


if __name__ == "__main__":
    unittest.main()
