/* outside.h - the log held against a head that was kept elsewhere: a checkpoint in a file, or the code printed on a report. */
#ifndef MAIN_OUTSIDE_H
#define MAIN_OUTSIDE_H

#include "main/command.h"

/* Looks at --head FILE and --code CODE of the invocation; nothing given, nothing wrong. A log that does not agree is FAULT_TAMPERED, and so is
 * one that is shorter than the head, for which `shorter` is FAULT_TAMPERED (verify) or another fault (restore). FAULT_FILE, FAULT_INPUT: what was given cannot be read. */
CHECKED enum fault outside_hold(struct invocation *in, struct store *store, const struct verifier_key *key, enum fault shorter);

#endif
