/* packs.c - the list of the packs that are shipped; a new pack is one more line here. */
#include "packs/packs.h"

#include <string.h>

const struct pack *const packs[] = {
    &college_pack,
    &school_pack,
    &common_pack,
    NULL,
};

const struct pack *pack_named(const char *key) {
    for (const struct pack *const *pack = packs; *pack; pack++)
        if (!strcmp((*pack)->key, key)) return *pack;
    return NULL;
}
