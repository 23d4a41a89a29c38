# SPDX-License-Identifier: MIT
# What Debian asks of a package beside the installed files. CPack runs this before it packs.
if(NOT CPACK_GENERATOR STREQUAL "DEB")
  return()
endif()
set(staged ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share)
set(documents ${staged}/doc/dtrain)
set(source ${CMAKE_CURRENT_LIST_DIR}/../..)

file(READ ${source}/LICENSE license)
file(WRITE ${documents}/copyright "dtrain\n\n${license}
/usr/share/dtrain/mnist.h5 is the MNIST database: Copyright Yann LeCun and Corinna Cortes.
Licence: Creative Commons Attribution-Share Alike 3.0,
https://creativecommons.org/licenses/by-sa/3.0/
")
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${documents}/changelog "dtrain (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * dtrain ${CPACK_PACKAGE_VERSION}, packaged by CPack.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")
file(COPY ${CMAKE_CURRENT_LIST_DIR}/lintian-overrides DESTINATION ${staged}/lintian/overrides)
file(RENAME ${staged}/lintian/overrides/lintian-overrides ${staged}/lintian/overrides/dtrain)
execute_process(COMMAND gzip -9n ${documents}/changelog ${staged}/man/man1/dtrain.1
                COMMAND_ERROR_IS_FATAL ANY)
