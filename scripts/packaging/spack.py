# SPDX-License-Identifier: MIT
"""A recipe for Spack: copy it to packages/dtrain/package.py of a repository. Untried: only its
syntax was checked."""
from spack.package import CMakePackage, Executable, depends_on, license, version


class Dtrain(CMakePackage):
    """Distributed training by numerical gradients, the same bits on any number of ranks."""

    # Without a release to fetch, Spack builds a checkout: spack dev-build -d FOLDER dtrain@main
    license("MIT")
    version("main")

    depends_on("c", type="build")
    depends_on("cmake@3.21:", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("mpi@3:")
    depends_on("hdf5@1.10.7:1.10,1.12.1:")
    depends_on("zlib-api")
    depends_on("libpng@1.6:")
    depends_on("jansson")
    depends_on("xxhash@0.8:", type="build")

    def cmake_args(self):
        return [self.define("BUILD_TESTING", False)]

    def test_selftest(self):
        """the bits that this build computes"""
        Executable(self.prefix.bin.dtrain)("selftest")
