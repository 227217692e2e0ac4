/* keeper.h - the thread that keeps what follows from the records up to the journal: the due dates of clocks. */
#ifndef WEB_KEEPER_H
#define WEB_KEEPER_H

#include "web/site.h"

struct keeper;

/* Starts the thread. `files`: the folder of stored files, which must stay valid. FAULT_SYSTEM if there is none to be had. */
struct jobs;
CHECKED enum fault keeper_start(struct registers *registers, struct jobs *jobs, const char *files, struct keeper **out);
void keeper_stop(struct keeper *keeper); /* NULL is allowed */

#endif
