/* merkle.c - the RFC 6962 tree by its right edge, and the two verification algorithms of RFC 9162, sections 2.1.3.2 and 2.1.4.2. */
#include "journal/merkle.h"

#include <assert.h>
#include <string.h>

struct digest merkle_leaf(const void *data, size_t length) {
    return digest_of_pieces((struct digest_piece[]){{"\x00", 1}, {data, length}}, 2);
}

struct digest merkle_node(const struct digest *left, const struct digest *right) {
    uint8_t bytes[1 + 2 * DIGEST_BYTES];
    bytes[0] = 1;
    memcpy(bytes + 1, left->bytes, DIGEST_BYTES);
    memcpy(bytes + 1 + DIGEST_BYTES, right->bytes, DIGEST_BYTES);
    return digest_of(bytes, sizeof bytes);
}

static bool same(const struct digest *a, const struct digest *b) { return memcmp(a->bytes, b->bytes, DIGEST_BYTES) == 0; }

int frontier_append(struct frontier *f, const struct digest *leaf, struct digest completed[MERKLE_LEVELS]) {
    assert(f->size >= 0 && f->size < INT64_MAX);
    struct digest carry = *leaf;
    int level = 0;
    if (completed) completed[0] = carry;
    while (f->size >> level & 1) {
        carry = merkle_node(&f->peaks[level], &carry);
        level++;
        if (completed) completed[level] = carry;
    }
    f->peaks[level] = carry;
    f->size++;
    return level + 1;
}

struct digest frontier_root(const struct frontier *f) {
    if (f->size == 0) return digest_of("", 0);
    int level = __builtin_ctzll((unsigned long long)f->size);
    struct digest root = f->peaks[level];
    while (++level < MERKLE_LEVELS)
        if (f->size >> level & 1) root = merkle_node(&f->peaks[level], &root);
    return root;
}

bool frontier_same(const struct frontier *a, const struct frontier *b) {
    if (a->size != b->size) return false;
    for (int level = 0; level < MERKLE_LEVELS; level++)
        if ((a->size >> level & 1) && !same(&a->peaks[level], &b->peaks[level])) return false;
    return true;
}

struct digest merkle_root(const struct digest *leaves, size_t count) {
    struct frontier f;
    f.size = 0; /* the peaks are written before they are read */
    for (size_t i = 0; i < count; i++) frontier_append(&f, &leaves[i], NULL);
    return frontier_root(&f);
}

bool inclusion_verify(const struct digest *leaf, int64_t index, int64_t size, const struct proof *proof,
                      const struct digest *root) {
    if (index < 0 || index >= size || proof->length < 0 || proof->length > (int)(sizeof proof->path / sizeof *proof->path))
        return false;
    int64_t at = index, last = size - 1;
    struct digest r = *leaf;
    for (int i = 0; i < proof->length; i++) {
        if (last == 0) return false;
        if ((at & 1) || at == last) {
            r = merkle_node(&proof->path[i], &r);
            while (!(at & 1) && at) at >>= 1, last >>= 1;
        } else {
            r = merkle_node(&r, &proof->path[i]);
        }
        at >>= 1, last >>= 1;
    }
    return last == 0 && same(&r, root);
}

bool consistency_verify(int64_t old_size, int64_t new_size, const struct digest *old_root, const struct digest *new_root,
                        const struct proof *proof) {
    if (old_size < 0 || old_size > new_size || proof->length < 0 || proof->length > (int)(sizeof proof->path / sizeof *proof->path))
        return false;
    if (old_size == new_size) return proof->length == 0 && same(old_root, new_root);
    if (old_size == 0) {
        struct digest empty = digest_of("", 0);
        return proof->length == 0 && same(old_root, &empty);
    }
    int64_t at = old_size - 1, last = new_size - 1;
    while (at & 1) at >>= 1, last >>= 1;
    bool whole = (old_size & (old_size - 1)) == 0; /* the old tree is one complete subtree: its root starts the path */
    if (!whole && proof->length == 0) return false;
    struct digest old_r = whole ? *old_root : proof->path[0], new_r = old_r;
    for (int i = whole ? 0 : 1; i < proof->length; i++) {
        const struct digest *p = &proof->path[i];
        if (last == 0) return false;
        if ((at & 1) || at == last) {
            old_r = merkle_node(p, &old_r);
            new_r = merkle_node(p, &new_r);
            while (!(at & 1) && at) at >>= 1, last >>= 1;
        } else {
            new_r = merkle_node(&new_r, p);
        }
        at >>= 1, last >>= 1;
    }
    return last == 0 && same(&old_r, old_root) && same(&new_r, new_root);
}
