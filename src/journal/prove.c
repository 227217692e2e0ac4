/* prove.c - inclusion and consistency proofs, and the tree's right edge, from leaves and kept subtrees: some 20 short queries each. */
#include "journal/inside.h"

#include <string.h>

/* The largest power of two below n (n >= 2). */
static int64_t split_of(int64_t n) { return (int64_t)1 << (63 - __builtin_clzll((unsigned long long)(n - 1))); }

/* Feeds the hashes of `count` rows to a tree of their own and gives its root. */
static enum fault rows_root(struct stmt *s, int64_t count, struct digest *out) {
    struct frontier f = {0};
    bool row;
    enum fault fault;
    while (!(fault = stmt_step(s, &row)) && row) {
        struct digest hash;
        size_t length;
        const void *bytes = stmt_blob(s, 0, &length);
        if (!bytes || length != DIGEST_BYTES) return FAULT_TAMPERED;
        memcpy(hash.bytes, bytes, DIGEST_BYTES);
        frontier_append(&f, &hash, NULL);
    }
    if (fault) return fault;
    if (f.size != count) return FAULT_TAMPERED;
    *out = frontier_root(&f);
    return FAULT_NONE;
}

/* The root of the complete subtree of that level which is the number-th from the left. */
static enum fault subtree_root(struct conn *conn, int64_t tenant, int level, int64_t number, struct digest *out) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    int kept = level < SUBTREE_TOP ? level - level % SUBTREE_STEP : SUBTREE_TOP;
    int64_t count = (int64_t)1 << (level - kept), first = number * count;
    enum fault f =
        kept == 0
            ? stmt_open(conn, "SELECT leaf FROM entry WHERE tenant = ?1 AND position >= ?2 AND position < ?3 ORDER BY position", &s)
            : stmt_open(
                  conn,
                  "SELECT hash FROM subtree WHERE tenant = ?1 AND level = ?4 AND number >= ?2 AND number < ?3 ORDER BY number", &s);
    if (f) return f;
    stmt_bind_int(s, 1, tenant);
    stmt_bind_int(s, 2, first);
    stmt_bind_int(s, 3, first + count);
    if (kept) stmt_bind_int(s, 4, kept);
    return rows_root(s, count, out);
}

/* The Merkle tree hash over the leaves begin…end-1, begin being a place where the tree splits. */
static enum fault range_root(struct conn *conn, int64_t tenant, int64_t begin, int64_t end, struct digest *out) {
    struct digest parts[MERKLE_LEVELS + 1];
    int count = 0;
    while (begin < end) { /* complete subtrees from the left, each as large as fits */
        int level = 63 - __builtin_clzll((unsigned long long)(end - begin));
        enum fault f = subtree_root(conn, tenant, level, begin >> level, &parts[count++]);
        if (f) return f;
        begin += (int64_t)1 << level;
    }
    struct digest root = parts[--count];
    while (count > 0) root = merkle_node(&parts[--count], &root);
    *out = root;
    return FAULT_NONE;
}

enum fault tree_frontier(struct conn *conn, int64_t tenant, int64_t size, struct frontier *out) {
    struct frontier f = {.size = size};
    for (int level = 0; level < MERKLE_LEVELS; level++) {
        if (!(size >> level & 1)) continue;
        enum fault fault = subtree_root(conn, tenant, level, (size >> level) - 1, &f.peaks[level]);
        if (fault) return fault;
    }
    *out = f;
    return FAULT_NONE;
}

static enum fault size_check(struct conn *conn, int64_t tenant, int64_t size) {
    int64_t entries;
    enum fault f = journal_size(conn, tenant, &entries);
    return f ? f : size > entries ? FAULT_ABSENT : FAULT_NONE;
}

/* Proofs are found from the top down and told from the bottom up. */
static void proof_reverse(struct proof *p) {
    for (int i = 0, k = p->length - 1; i < k; i++, k--) {
        struct digest d = p->path[i];
        p->path[i] = p->path[k];
        p->path[k] = d;
    }
}

enum fault journal_prove_inclusion(struct conn *conn, int64_t tenant, int64_t position, int64_t size, struct proof *out) {
    if (position < 0 || position >= size) return FAULT_ABSENT;
    enum fault f = size_check(conn, tenant, size);
    struct proof p = {0};
    for (int64_t begin = 0, end = size; !f && end - begin > 1;) {
        int64_t middle = begin + split_of(end - begin);
        if (position < middle) {
            f = range_root(conn, tenant, middle, end, &p.path[p.length++]);
            end = middle;
        } else {
            f = range_root(conn, tenant, begin, middle, &p.path[p.length++]);
            begin = middle;
        }
    }
    if (f) return f;
    proof_reverse(&p);
    *out = p;
    return FAULT_NONE;
}

enum fault journal_prove_consistency(struct conn *conn, int64_t tenant, int64_t old_size, int64_t new_size, struct proof *out) {
    if (old_size < 0 || old_size > new_size) return FAULT_ABSENT;
    enum fault f = size_check(conn, tenant, new_size);
    struct proof p = {0};
    int64_t begin = 0, end = new_size;
    while (!f && old_size > 0 && end != old_size) { /* down to the subtree that ends where the old tree ended */
        int64_t middle = begin + split_of(end - begin);
        if (old_size <= middle) {
            f = range_root(conn, tenant, middle, end, &p.path[p.length++]);
            end = middle;
        } else {
            f = range_root(conn, tenant, begin, middle, &p.path[p.length++]);
            begin = middle;
        }
    }
    if (!f && old_size > 0 && begin > 0)
        f = range_root(conn, tenant, begin, end, &p.path[p.length++]); /* else it is the old root itself */
    if (f) return f;
    proof_reverse(&p);
    *out = p;
    return FAULT_NONE;
}

enum fault journal_root(struct conn *conn, int64_t tenant, int64_t size, struct digest *out) {
    struct frontier f;
    enum fault fault = size < 0 ? FAULT_ABSENT : size_check(conn, tenant, size);
    if (!fault) fault = tree_frontier(conn, tenant, size, &f);
    if (!fault) *out = frontier_root(&f);
    return fault;
}
