/* SPDX-License-Identifier: MIT
 *
 * Everything that a process has started, and what that has started in turn, wherever it has moved:
 * another process group, another session, or to the background by a double fork. */
#ifndef DTRAIN_DESCENDANTS_H
#define DTRAIN_DESCENDANTS_H

/* Kills all descendants of this process and waits until none is left. The process must lead a
 * session (setsid), and adopt orphans (PR_SET_CHILD_SUBREAPER). Does not return while a descendant
 * cannot be killed, as one of another user. */
void descendants_kill(void);

#endif
