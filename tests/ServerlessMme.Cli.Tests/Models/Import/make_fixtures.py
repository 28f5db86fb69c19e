"""Remakes fixtures/, one folder per exporter that `mme models init` recognizes, for ImportFixtureTests.

The fixtures are committed and the tests need no Python: run this only to change them. It needs Debian's python3-onnx,
python3-torch (1.13), python3-numpy and python3-pil; torchvision, timm, transformers and TensorFlow are not needed,
because small networks stand in for theirs. Files, members and names are those of the real exports:

    /usr/bin/python3 tests/ServerlessMme.Cli.Tests/Models/Import/make_fixtures.py

A fixture has source/ or source.zip, the image, and expected.json: `manifest` has the members that must be equal,
`scores` the reference scores of the image, `unsure` the members that nobody can know from the files.
"""
import os
import shutil

from fixture_base import FOLDER, Fixture
from fixture_others import custom_vision, keras, model_zoo, pipelines, plain, teachable_machine
from fixture_pytorch import hugging_face, timm, torchvision


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    for make in (torchvision, timm, hugging_face, keras, custom_vision, teachable_machine, model_zoo, pipelines, plain):
        make()
    files = [os.path.join(folder, name) for folder, _, names in os.walk(FOLDER) for name in names]
    print(f"{Fixture.count} fixtures, {sum(map(os.path.getsize, files)) / 1e6:.2f} MB")


main()
