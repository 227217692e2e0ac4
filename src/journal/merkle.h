/* merkle.h - the RFC 6962 Merkle tree: hashes, the growing right edge, and checking of proofs; pure. */
#ifndef JOURNAL_MERKLE_H
#define JOURNAL_MERKLE_H

#include "base/digest.h"

#include <stdbool.h>

enum { MERKLE_LEVELS = 63 }; /* sizes are positive int64_t, so no path is longer */

/* SHA-256(0x00 ‖ data), SHA-256(0x01 ‖ left ‖ right). */
struct digest merkle_leaf(const void *data, size_t length);
struct digest merkle_node(const struct digest *left, const struct digest *right);

/* The roots of the complete subtrees along the right edge: all that is needed to append and to know the root.
 * peaks[n] counts only if bit n of size is set, and then covers 2^n leaves. Zeroed it is the empty tree; it is copied by assignment. */
struct frontier {
    int64_t size; /* leaves */
    struct digest peaks[MERKLE_LEVELS];
};
/* Appends one leaf hash. Fills completed[0…n-1] (if not NULL) with the roots of the complete subtrees that end with this leaf, by
 * level, and returns n >= 1: completed[0] is the leaf itself. */
int frontier_append(struct frontier *f, const struct digest *leaf, struct digest completed[MERKLE_LEVELS]);
/* The Merkle tree hash; SHA-256 of nothing for the empty tree. */
struct digest frontier_root(const struct frontier *f);
/* Same bytes that count (peaks that do not count are not compared). */
bool frontier_same(const struct frontier *a, const struct frontier *b);

/* A proof: hashes from the bottom of the tree upwards, as in RFC 6962. */
struct proof {
    int length;
    struct digest path[2 * MERKLE_LEVELS];
};

/* True if `leaf` stands at position `index` of the tree of `size` leaves with that root. */
bool inclusion_verify(const struct digest *leaf, int64_t index, int64_t size, const struct proof *proof, const struct digest *root);
/* True if the tree of `old_size` leaves is the beginning of the tree of `new_size`. Sizes from 0 on; for old_size 0 and for equal
 * sizes the proof is empty. */
bool consistency_verify(int64_t old_size, int64_t new_size, const struct digest *old_root, const struct digest *new_root,
                        const struct proof *proof);

/* The root over a list of leaf hashes (count may be 0). */
struct digest merkle_root(const struct digest *leaves, size_t count);

#endif
