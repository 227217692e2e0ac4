/* clamd.h - asks a ClamAV daemon whether bytes are harmful, over its own protocol (clamd(8), INSTREAM). */
#ifndef NET_CLAMD_H
#define NET_CLAMD_H

#include "base/fault.h"

#include <stddef.h>

enum { CLAMD_NAME_MAX = 160 };

/* Scans bytes. `address` is a socket's path ("/run/clamav/clamd.ctl") or "HOST:PORT". On FAULT_NONE `found` is the name of what was found, ""
 * if nothing was. FAULT_BUSY if the daemon does not answer within timeout_ms (of each step); FAULT_LARGE if the bytes are over the daemon's own
 * limit; FAULT_SYSTEM if it answers something else; FAULT_INPUT if the address is none. */
CHECKED enum fault clamd_scan(const char *address, const void *bytes, size_t length, unsigned timeout_ms,
                              char found[CLAMD_NAME_MAX]);

#endif
