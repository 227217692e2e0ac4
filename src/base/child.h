/* child.h - another program run on given bytes, within limits: what decodes strangers' files runs there and not in the server. */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include "base/fault.h"
#include "base/memory.h"

struct child_limits {
    unsigned deadline_ms;    /* wall clock; then it is killed */
    unsigned processor_s;    /* processor time */
    size_t memory_bytes;     /* address space */
    size_t output_max_bytes; /* of what it prints */
};

/* Runs argv[0] (a path, not looked for) with argv (NULL-ended), gives it `input` as its standard input and appends its standard output to
 * `out`, which must have been initialised. It gets no environment but PATH and LANG, no other descriptor, and no privilege that we lack.
 * FAULT_ABSENT if the program is not there; FAULT_LARGE if it prints too much; FAULT_BUSY at the deadline; FAULT_INPUT if it ends
 * with another status than 0 or by a signal (its limits included); FAULT_SYSTEM if it could not be started. */
CHECKED enum fault child_run(const char *const argv[], const void *input, size_t length, const struct child_limits *limits,
                             struct text *out);

#endif
