# SPDX-License-Identifier: MIT
#
# Writes version.c at each build; a file that would stay the same is left as it is, so that nothing
# is compiled again.
#     cmake -D SOURCE=FOLDER -D VERSION=0.1.0 -D OUTPUT=version.c -P version.cmake
set(REVISION)
# Sources that merely lie inside somebody else's checkout have not that checkout's revision.
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
