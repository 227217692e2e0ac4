/* demo.h - the demonstration data of the packs: files that go through the import, in order, each entered by a demonstration person. */
#ifndef PACKS_DEMO_H
#define PACKS_DEMO_H

#include <stddef.h>

/* One line of src/packs/PACK/demo/manifest.txt, with its file. */
struct demo_file {
    const char *pack;
    const char *register_key;
    const char *name;   /* "2019-inspection.csv" */
    const char *as;     /* sign-in name of who enters it; "" for the installation itself */
    int update;         /* rows whose key is there change that record */
    const char *reason; /* why it is entered late; "" none */
    const char *bytes;
    size_t length;
};

/* Of all packs, in order; ends with a NULL pack. */
extern const struct demo_file demo_files[];

#endif
