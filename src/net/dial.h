/* dial.h - a connection to a server named in the settings: opened, written to and closed with a limit to every wait. */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include <stddef.h>

#include "base/fault.h"

/* Connects to HOST:PORT; every later wait on it ends after timeout_ms. FAULT_INPUT for an address that is none, FAULT_BUSY if nobody is there. The caller closes it. */
CHECKED enum fault dial_host(const char *address, unsigned timeout_ms, int *out);
/* Sets the limit of waits on a socket of one's own. */
void dial_wait(int fd, unsigned timeout_ms);
/* All of it, or FAULT_BUSY. */
CHECKED enum fault dial_send(int fd, const void *bytes, size_t length);
/* Exactly so many bytes, or FAULT_BUSY. */
CHECKED enum fault dial_read(int fd, void *bytes, size_t length);
void dial_close(int *fd); /* for _cleanup_ */

#endif
