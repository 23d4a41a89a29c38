# SPDX-License-Identifier: MIT
#
# Writes version.c at each build. A file whose content would not change is not touched, so that nothing
# is compiled again.
#     cmake -D SOURCE=FOLDER -D VERSION=0.1.0 -D OUTPUT=version.c -P version.cmake
set(REVISION)
# Sources that are only a folder in another project's checkout do not have its revision.
execute_process(COMMAND git -C ${SOURCE} rev-parse --show-prefix
                RESULT_VARIABLE failed OUTPUT_VARIABLE prefix OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT failed AND NOT prefix)
  execute_process(COMMAND git --no-optional-locks -C ${SOURCE} describe --always --dirty
                  OUTPUT_VARIABLE REVISION OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT REVISION)
  # `git archive` puts the revision here (.gitattributes).
  set(REVISION "$Format:%h$")
  if(REVISION MATCHES "Format")
    set(REVISION unknown)
  endif()
endif()
configure_file(${CMAKE_CURRENT_LIST_DIR}/version.c.in ${OUTPUT} @ONLY)
