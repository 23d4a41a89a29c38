-- SPDX-License-Identifier: MIT
-- A module file for Lmod: set prefix, and put it in MODULEPATH as
-- dtrain/VERSION.lua, which tells it the version. Untried here.
help("dtrain trains by numerical gradients, the same bits on any number of MPI ranks.")
whatis("Name: dtrain")
whatis("Version: " .. myModuleVersion())

local prefix = pathJoin("/opt/dtrain", myModuleVersion())
-- The modules that dtrain was built with: depends_on("openmpi", "hdf5")
prepend_path("PATH", pathJoin(prefix, "bin"))
prepend_path("MANPATH", pathJoin(prefix, "share/man"))
prepend_path("LD_LIBRARY_PATH", pathJoin(prefix, "lib"))
prepend_path("PKG_CONFIG_PATH", pathJoin(prefix, "lib/pkgconfig"))
prepend_path("CMAKE_PREFIX_PATH", prefix)
