/* test_merkle.c - the tree against the published vectors of RFC 6962 logs and against the oracle. */
#include "journal/merkle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct digest hex(const char *text) {
    struct digest d;
    for (int i = 0; i < DIGEST_BYTES; i++) {
        unsigned byte = 0;
        assert_int_equal(sscanf(text + 2 * i, "%2x", &byte), 1);
        d.bytes[i] = (uint8_t)byte;
    }
    return d;
}

static void check_same(const struct digest *a, const struct digest *b) { assert_memory_equal(a->bytes, b->bytes, DIGEST_BYTES); }

static void test_vectors(void **state) {
    (void)state;
    static const struct {
        const char *data;
        size_t length;
        const char *root;
    } steps[] = {
        {"", 0, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
        {"\x00", 1, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
        {"\x10", 1, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
        {"\x20\x21", 2, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
        {"\x30\x31", 2, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"},
        {"\x40\x41\x42\x43", 4, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"},
        {"\x50\x51\x52\x53\x54\x55\x56\x57", 8, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
        {"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16,
         "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"},
    };
    struct frontier f = {0};
    struct digest root = frontier_root(&f), want = hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check_same(&root, &want);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct digest leaf = merkle_leaf(steps[i].data, steps[i].length);
        frontier_append(&f, &leaf, NULL);
        root = frontier_root(&f);
        want = hex(steps[i].root);
        check_same(&root, &want);
    }
}

enum { N = 300 };
static struct digest leaves[N], roots[N + 1];

/* A proof that holds must stop holding after any change to it. */
static void check_proof(bool inclusion, int64_t a, int64_t size, struct proof *p) {
#define HOLDS(a_, size_, leaf_or_old, root_)                                                                                       \
    (inclusion ? inclusion_verify((leaf_or_old), (a_), (size_), p, (root_))                                                        \
               : consistency_verify((a_), (size_), (leaf_or_old), (root_), p))
    const struct digest *first = inclusion ? &leaves[a] : &roots[a],
                        *other = inclusion ? &leaves[(a + 1) % N] : &roots[(a + 1) % N];
    assert_true(HOLDS(a, size, first, &roots[size]));
    assert_false(HOLDS(a, size, other, &roots[size]));
    assert_false(HOLDS(a, size, first, &roots[size - 1]));
    for (int i = 0; i < p->length; i++) {
        p->path[i].bytes[i % 32] ^= 1;
        assert_false(HOLDS(a, size, first, &roots[size]));
        p->path[i].bytes[i % 32] ^= 1;
    }
    p->length++;
    assert_false(HOLDS(a, size, first, &roots[size]));
    p->length -= 2;
    if (p->length >= 0) assert_false(HOLDS(a, size, first, &roots[size]));
    p->length++;
}

/* "in 3 7 HASH…" or "con 3 7 HASH…" */
static void read_proof(const char *line) {
    struct proof p = {0};
    char word[4];
    long long a, size;
    int used = 0, step = 0;
    assert_int_equal(sscanf(line, "%3s %lld %lld%n", word, &a, &size, &used), 3);
    char hash[65];
    for (const char *at = line + used; sscanf(at, " %64s%n", hash, &step) == 1; at += step) p.path[p.length++] = hex(hash);
    check_proof(strcmp(word, "in") == 0, a, size, &p);
}

static void test_oracle(void **state) {
    (void)state;
    char command[1024], line[8192];
    snprintf(command, sizeof command, "python3 '%s' tree %d", getenv("ORACLE"), N);
    FILE *in = popen(command, "r");
    assert_non_null(in);
    struct frontier f = {0};
    for (int i = 0; i <= N; i++) {
        int size;
        char root[80];
        assert_int_equal(fscanf(in, "root %d %70s\n", &size, root), 2);
        assert_int_equal(size, i);
        roots[i] = hex(root);
        struct digest mine = frontier_root(&f), plain = merkle_root(leaves, (size_t)i);
        check_same(&mine, &roots[i]);
        check_same(&plain, &roots[i]);
        if (i == N) break;
        int length = snprintf(line, sizeof line, "leaf %d", i);
        leaves[i] = merkle_leaf(line, (size_t)length);
        struct digest completed[MERKLE_LEVELS];
        int levels = frontier_append(&f, &leaves[i], completed);
        int whole = 1 << (levels - 1);
        plain = merkle_root(leaves + i + 1 - whole, (size_t)whole);
        check_same(&completed[levels - 1], &plain);
    }
    int proofs = 0;
    while (fgets(line, sizeof line, in)) read_proof(line), proofs++;
    assert_int_equal(pclose(in), 0);
    assert_in_range(proofs, 3000, 10000);
}

static void test_edges(void **state) {
    (void)state;
    struct proof none = {0};
    struct digest empty = digest_of("", 0), a = merkle_leaf("a", 1), b = merkle_leaf("b", 1);
    assert_true(consistency_verify(0, 5, &empty, &a, &none));
    assert_false(consistency_verify(0, 5, &b, &a, &none));
    assert_true(consistency_verify(3, 3, &a, &a, &none));
    assert_false(consistency_verify(3, 3, &a, &b, &none));
    assert_false(consistency_verify(4, 3, &a, &a, &none));
    assert_true(inclusion_verify(&a, 0, 1, &none, &a));
    assert_false(inclusion_verify(&a, 1, 1, &none, &a));
    assert_false(inclusion_verify(&a, -1, 1, &none, &a));
    assert_false(inclusion_verify(&a, 0, 0, &none, &a));
    none.length = 1000;
    assert_false(inclusion_verify(&a, 0, 1, &none, &a));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_vectors), cmocka_unit_test(test_oracle), cmocka_unit_test(test_edges)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
