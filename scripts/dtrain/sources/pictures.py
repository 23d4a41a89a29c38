# SPDX-License-Identifier: MIT
"""Images: folders of pictures, and arrays that hold images."""
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from dtrain.failure import Failure, check_plain, tell

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm")
# A picture of more pixels is taken to be a bomb: its file is small, and its pixels fill the memory.
PIXELS_MAX = 1 << 26


@dataclass
class Pictures:
    """Images of one size, which are read some at a time. `values` are what is to be predicted, texts or numbers (N)
    or (N, M), None where that is not known; with `names`, they are the places of classes among these."""
    name: str
    shape: tuple  # (H, W) or (H, W, C)
    read: object  # read(first, last) returns images (last - first, *shape), uint8 or float32
    rows: int
    values: object = None
    names: list = field(default_factory=list)
    test: object = None
    is_bytes: bool = True
    files: list = field(default_factory=list)  # the path of each image, where each is a file


def open_picture(path, color):
    """A picture as an array: gray (H, W), or (H, W, 3) if color is wanted."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    check_plain(path)
    Image.MAX_IMAGE_PIXELS = None  # checked here, before the pixels are decoded
    try:
        with Image.open(path) as picture:
            if picture.width * picture.height > PIXELS_MAX:
                raise Failure(f"{path}: has {picture.width} x {picture.height} pixels, more than {PIXELS_MAX}")
            picture = ImageOps.exif_transpose(picture)
            if picture.mode == "F":
                raise Failure(f"{path}: holds real numbers, and no pixels")
            if picture.mode.startswith("I"):
                gray = reduced(picture, path)
                return (np.repeat(gray[..., None], 3, axis=2) if color else gray), False
            if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
                picture = flatten(picture)
            return np.asarray(picture.convert("RGB" if color else "L")), is_colored(picture)
    except UnidentifiedImageError:
        raise Failure(f"{path}: is no picture that can be read, or a damaged one") from None
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise Failure(f"{path}: is a damaged picture: {error}") from None


def reduced(picture, path):
    """The bytes nearest to pixels of 16 bits."""
    pixels = np.asarray(picture.convert("I"))
    if pixels.min() < 0 or pixels.max() > 65535:
        raise Failure(f"{path}: has pixels of more than 16 bits")
    return np.rint(pixels / 257).astype(np.uint8)


def flatten(picture):
    """A picture without transparency, on black, as the background of MNIST is."""
    from PIL import Image

    opaque = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", opaque.size, (0, 0, 0, 255)), opaque).convert("RGB")


def is_colored(picture):
    """Whether there is a pixel that is not gray."""
    if picture.mode in ("1", "L", "I", "I;16", "F", "LA"):
        return False
    r, g, b = np.moveaxis(np.asarray(picture.convert("RGB")), 2, 0)
    return bool((r != g).any() or (g != b).any())


def resized(pixels, size):
    from PIL import Image

    if size is None or pixels.shape[:2] == size:
        return pixels
    return np.asarray(Image.fromarray(pixels).resize(size[::-1], Image.Resampling.BILINEAR))


class PictureFiles:
    """Reads pictures of files, all in the size of the first, or in `size`."""

    def __init__(self, paths, size, color):
        self.paths, self.size, self.color = paths, size, color
        self.told = self.told_size = False
        first = self.open(paths[0])
        self.shape = first.shape
        self.first = paths[0]

    def open(self, path):
        pixels, colored = open_picture(path, self.color)
        if colored and not self.color and not self.told:
            self.told = True
            tell(f"{path}: is in color, and becomes gray, as do others (--color keeps the colors)")
        if self.size and pixels.shape[:2] != self.size and not self.told_size:
            self.told_size = True
            tell(f"{path}: has {pixels.shape[1]} x {pixels.shape[0]} pixels, and is scaled to {self.size[1]} x "
                 f"{self.size[0]}, as are others")
        return resized(pixels, self.size)

    def read(self, first, last):
        return np.stack([self.checked(path) for path in self.paths[first:last]])

    def checked(self, path):
        pixels = self.open(path)
        if pixels.shape != self.shape:
            height, width = self.shape[:2]
            raise Failure(f"{path}: has {pixels.shape[1]} x {pixels.shape[0]} pixels, but {self.first} has {width} x "
                          f"{height}: say --size {width}x{height}, and all become of that size")
        return pixels


def listed_pictures(folder):
    """The pictures in a folder, by name; what is passed over is said."""
    found, others = [], []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or not path.is_file() or path.suffix.lower() not in SUFFIXES:
            others.append(path.name)
        else:
            found.append(path)
    if others:
        tell(f"{folder}: passed over, as no pictures: {', '.join(others[:5])}"
             + (f" and {len(others) - 5} others" if len(others) > 5 else ""))
    return found


def class_folders(folder):
    """The folders of a folder, in alphabetical order. Hidden ones and links are passed over."""
    found = []
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or path.name.startswith("."):
            tell(f"{path}: is {'a link' if path.is_symlink() else 'hidden'}, and passed over")
        elif path.is_dir():
            found.append(path)
    return found


def open_folder(folder, options):
    """A folder with a folder of pictures for each class, whose name is the class. If there are only the folders
    train and test, these have the classes. A folder without folders has pictures without classes."""
    folders = class_folders(folder)
    if not folders:
        return open_file(folder, options)
    if [path.name for path in folders] == ["test", "train"]:
        pictures = open_classes(folders[1], options)
        pictures.test = open_classes(folders[0], options)
        return pictures
    return open_classes(folder, options)


def class_name(folder):
    try:
        folder.name.encode()
    except UnicodeEncodeError:
        raise Failure(f"{folder}: the name of a class is not UTF-8") from None
    return folder.name


def open_classes(folder, options):
    paths, labels, names = [], [], []
    for of_class in class_folders(folder):
        found = listed_pictures(of_class)
        if not found:
            raise Failure(f"{of_class}: holds no pictures")
        labels += [len(names)] * len(found)
        names.append(class_name(of_class))
        paths += found
    if len(names) < 2:
        raise Failure(f"{folder}: holds {len(names)} folders of pictures; each class needs one, whose name is the "
                      "class")
    files = PictureFiles(paths, options.size, options.color)
    return Pictures(str(folder), files.shape, files.read, len(paths), np.array(labels), names, files=paths)


def open_file(path, options):
    """One picture, or a folder of pictures without classes: rows to predict."""
    paths = listed_pictures(path) if Path(path).is_dir() else [Path(path)]
    if not paths:
        raise Failure(f"{path}: holds no pictures")
    files = PictureFiles(paths, options.size, options.color)
    return Pictures(str(path), files.shape, files.read, len(paths), files=paths)
