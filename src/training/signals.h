/* SPDX-License-Identifier: MIT
 *
 * What a terminal, a shell, a limit or a scheduler sends to a process before SIGKILL. Signals that
 * ask a run to stop set a flag; training looks at it where it can stop. A first SIGINT also says so
 * on standard error, and a second one ends the process with STATUS_INTERRUPTED. Signals that
 * announce a failed write do nothing, so that the write itself fails and is reported. What was
 * ignored when the process began stays ignored, as under nohup. */
#ifndef DTRAIN_SIGNALS_H
#define DTRAIN_SIGNALS_H

#include <stdbool.h>

/* From now on a failed write does not end the process. */
void signals_let_writes_fail(void);

/* From now on requests to stop are caught. `speaks`: whether this process is the one that prints.
 */
void signals_catch(bool speaks);

/* Restores the meaning that all signals had before. */
void signals_restore(void);

/* The request to stop that came last; 0 if none did. */
int signals_received(void);

/* Whether any came. */
bool signals_ask_to_stop(void);

#endif
