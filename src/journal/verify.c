/* verify.c - deep verification: every row of the three tables is recomputed from the entries, streaming, in one pass a log. */
#include "journal/inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One verification; the lower part is of the log at hand. */
struct check {
    struct conn *conn;
    const struct verifier_key *public_key;
    struct notes *notes;
    struct journal_verdict *verdict;
    struct row_room room;
    struct digest *leaves;
    const struct field **order;

    int64_t tenant;
    struct verifier_key key;
    struct frontier frontier;
    int64_t entered_ms; /* of the last entry read */
    int64_t last_bad;   /* position of the last entry that differs, -1 if none: what is built on it must differ as well */
    bool gap;           /* positions are missing, so the tree cannot be followed further */
    struct stmt *heads;
    bool head_waits;     /* a head row is at hand that has not been reached yet */
    int64_t head_before; /* size of the head before it, as signed */
};

/* Tells a difference: the verdict keeps the first, the notes the first ones, the count all. */
static void differ(struct check *c, const char *table, const char *column, int64_t position, const char *sentence, const char *row,
                   ...) PRINTF_LIKE(6, 7);
static void differ(struct check *c, const char *table, const char *column, int64_t position, const char *sentence, const char *row,
                   ...) {
    struct journal_verdict *v = c->verdict;
    char where[96], place[160], number[24];
    va_list args;
    va_start(args, row);
    vsnprintf(where, sizeof where, row, args);
    va_end(args);
    if (v->differences++ == 0) {
        snprintf(v->table, sizeof v->table, "%s", table);
        snprintf(v->row, sizeof v->row, "%s", where);
        snprintf(v->column, sizeof v->column, "%s", column);
    }
    if (v->first_bad_position < 0 || (v->first_bad_tenant == c->tenant && position < v->first_bad_position)) {
        v->first_bad_tenant = c->tenant;
        v->first_bad_position = position;
    }
    snprintf(place, sizeof place, "%s (%s)%s%s", table, where, *column ? " " : "", column);
    snprintf(number, sizeof number, "%lld", (long long)position);
    note_add(c->notes, place, sentence, number);
}

static const char *bytes_at(struct stmt *s, int at, size_t *length) { return stmt_blob(s, at, length); }

/* The kept subtree that has just been completed must be there with this hash. */
static enum fault subtree_check(struct check *c, int level, const struct digest *hash) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    int64_t number = (c->frontier.size >> level) - 1;
    bool row;
    enum fault f = stmt_open(c->conn, "SELECT hash FROM subtree WHERE tenant = ?1 AND level = ?2 AND number = ?3", &s);
    if (f) return f;
    stmt_bind_int(s, 1, c->tenant);
    stmt_bind_int(s, 2, level);
    stmt_bind_int(s, 3, number);
    if ((f = stmt_step(s, &row))) return f;
    size_t length = 0;
    const char *bytes = row ? bytes_at(s, 0, &length) : NULL;
    bool suspect = c->last_bad >= number << level; /* an entry in it has been told already */
    if (!row)
        differ(c, "subtree", "", number << level, "缺少这一行", "tenant %lld, level %d, number %lld", (long long)c->tenant, level,
               (long long)number);
    else if (!bytes || length != DIGEST_BYTES || (!suspect && memcmp(bytes, hash->bytes, DIGEST_BYTES) != 0))
        differ(c, "subtree", "hash", number << level, "与从第 {0} 条起的日志不符", "tenant %lld, level %d, number %lld",
               (long long)c->tenant, level, (long long)number);
    return FAULT_NONE;
}

/* Rows that no subtree of this log accounts for. */
static enum fault subtrees_extra(struct check *c) {
    _cleanup_(stmt_done) struct stmt *s = NULL;
    bool row;
    enum fault f = stmt_open(c->conn, "SELECT level, number FROM subtree WHERE tenant = ?1 ORDER BY level, number", &s);
    if (f) return f;
    stmt_bind_int(s, 1, c->tenant);
    while (!(f = stmt_step(s, &row)) && row) {
        int64_t level = stmt_int(s, 0), number = stmt_int(s, 1);
        bool known = level > 0 && level <= SUBTREE_TOP && level % SUBTREE_STEP == 0;
        if (c->gap && known) continue;
        if (!known || number < 0 || number >= c->frontier.size >> level)
            differ(c, "subtree", "", c->frontier.size, "多出这一行", "tenant %lld, level %lld, number %lld", (long long)c->tenant,
                   (long long)level, (long long)number);
    }
    return f;
}

static enum fault head_next(struct check *c) { return stmt_step(c->heads, &c->head_waits); }

/* Exactly one signature and nothing after it: a signed note may carry more, a head row may not. */
static bool note_is_exact(const char *note, size_t length, const struct verifier_key *key) {
    size_t line = 3 + 1 + strlen(key->name) + 1 + 92 + 1; /* dash, space, name, space, base64 of 68 bytes, newline */
    return length > line + 2 && note[length - line - 1] == '\n' && note[length - line - 2] == '\n';
}

static void head_differs(struct check *c, const char *column, const char *sentence) {
    differ(c, "head", column, c->head_before, sentence, "tenant %lld, size %lld", (long long)c->tenant,
           (long long)stmt_int(c->heads, 0));
}

/* What the note says against the column and the log as read up to here; `reached` if the log has exactly the head's size. */
static void head_check(struct check *c, bool reached) {
    size_t length;
    int64_t size = stmt_int(c->heads, 0);
    const char *note = bytes_at(c->heads, 1, &length);
    struct checkpoint head;
    c->verdict->heads++;
    if (!note || !checkpoint_verify(note, length, &c->key, &head) || !note_is_exact(note, length, &c->key)) {
        head_differs(c, "note", "签名不符");
        c->head_before = size;
        return;
    }
    if (head.size != size) {
        head_differs(c, "size", "与所签的大小不符");
    } else if (head.previous != c->head_before) {
        head_differs(c, "", "在它之前缺少或多出一个树头");
    } else if (!reached) {
        if (!c->gap) head_differs(c, "", "日志比所签的树头短");
    } else if (!c->gap && c->last_bad < 0) {
        struct digest root = frontier_root(&c->frontier);
        if (memcmp(root.bytes, head.root.bytes, DIGEST_BYTES) != 0 || head.entered_ms != c->entered_ms) {
            head_differs(c, "note", "从第 {0} 条起，日志与所签的树头不符");
            c->last_bad = head.size - 1; /* later heads cannot agree either */
        }
    }
    c->head_before = head.size;
}

/* All heads whose size the log has reached. */
static enum fault heads_check(struct check *c, int64_t reached) {
    enum fault f = FAULT_NONE;
    while (!f && c->head_waits && stmt_int(c->heads, 0) <= reached) {
        head_check(c, stmt_int(c->heads, 0) == c->frontier.size && reached == c->frontier.size);
        f = head_next(c);
    }
    return f;
}

static enum fault entry_check(struct check *c, struct stmt *s) {
    struct entry_row row;
    struct digest completed[MERKLE_LEVELS];
    const char *column = row_read(s, c->tenant, &c->room, &row);
    c->verdict->entries++;
    if (!c->gap && row.position != c->frontier.size) {
        differ(c, "entry", "position", c->frontier.size, "缺少第 {0} 条", "tenant %lld, position %lld", (long long)c->tenant,
               (long long)row.position);
        c->gap = true;
    }
    struct digest leaf = column ? row.leaf : row_leaf(&row, c->leaves, c->order);
    if (column || memcmp(leaf.bytes, row.leaf.bytes, DIGEST_BYTES) != 0) {
        differ(c, "entry", column ? column : "", row.position < 0 ? c->frontier.size : row.position,
               column ? "格式不符" : "内容与其摘要不符", "tenant %lld, position %lld", (long long)c->tenant,
               (long long)row.position);
        c->last_bad = row.position;
    }
    c->entered_ms = row.entry.entered_ms;
    if (c->gap) return FAULT_NONE;
    int levels = frontier_append(&c->frontier, &leaf, completed);
    enum fault f = FAULT_NONE;
    for (int level = SUBTREE_STEP; !f && level < levels && level <= SUBTREE_TOP; level += SUBTREE_STEP)
        f = subtree_check(c, level, &completed[level]);
    return f ? f : heads_check(c, c->frontier.size);
}

static enum fault log_stream(struct check *c, struct stmt *entries) {
    bool row;
    enum fault f;
    stmt_bind_int(entries, 1, c->tenant);
    stmt_bind_int(c->heads, 1, c->tenant);
    if ((f = head_next(c)) || (f = heads_check(c, 0))) return f; /* a size below 1 is never right, and told as such */
    while (!(f = stmt_step(entries, &row)) && row)
        if ((f = entry_check(c, entries))) return f;
    if (!f) f = heads_check(c, INT64_MAX);
    if (!f && c->head_before < c->frontier.size)
        differ(c, "entry", "", c->head_before, "没有树头为从第 {0} 条起的日志签名", "tenant %lld, position %lld",
               (long long)c->tenant, (long long)c->head_before);
    return f ? f : subtrees_extra(c);
}

static enum fault log_check(struct check *c, int64_t tenant) {
    _cleanup_(stmt_done) struct stmt *entries = NULL;
    _cleanup_(stmt_done) struct stmt *heads = NULL;
    enum fault f = stmt_open(c->conn, "SELECT " ENTRY_COLUMNS " FROM entry WHERE tenant = ?1 ORDER BY position", &entries);
    if (!f) f = stmt_open(c->conn, "SELECT size, note FROM head WHERE tenant = ?1 ORDER BY size", &heads);
    if (f) return f;
    c->tenant = tenant;
    c->frontier.size = 0;
    c->head_before = 0;
    c->entered_ms = c->last_bad = -1;
    c->gap = c->head_waits = false;
    c->heads = heads;
    c->verdict->logs++;
    if (tenant < 1) {
        differ(c, "entry", "tenant", 0, "没有这样的租户", "tenant %lld", (long long)tenant);
        return FAULT_NONE;
    }
    c->key = verifier_key_of(c->public_key, tenant);
    return log_stream(c, entries);
}

/* The smallest tenant from `from` on in any of the tables. */
static enum fault any_tenant(struct conn *conn, int64_t from, int64_t *tenant) {
    static const char *const sources[] = {"entry", "head", "subtree"};
    bool found = false;
    int64_t least = INT64_MAX, one;
    for (size_t i = 0; i < COUNT_OF(sources); i++) {
        enum fault f = tenant_next(conn, sources[i], from, &one);
        if (f == FAULT_ABSENT) continue;
        if (f) return f;
        found = true;
        if (one < least) least = one;
    }
    if (!found) return FAULT_ABSENT;
    *tenant = least;
    return FAULT_NONE;
}

enum fault journal_verify(struct conn *conn, const struct verifier_key *key, struct notes *notes, struct journal_verdict *out) {
    struct journal_verdict verdict = {.first_bad_position = -1};
    struct check c = {.conn = conn, .public_key = key, .notes = notes, .verdict = &verdict};
    c.leaves = memory_new(sizeof *c.leaves * ENTRY_FIELDS_MAX);
    c.order = memory_new(sizeof *c.order * ENTRY_FIELDS_MAX);
    enum fault f = FAULT_NONE;
    int64_t from = INT64_MIN, tenant;
    while (!f && !(f = any_tenant(conn, from, &tenant))) {
        f = log_check(&c, tenant);
        if (tenant == INT64_MAX) break;
        from = tenant + 1;
    }
    row_room_release(&c.room);
    memory_release(&c.leaves);
    memory_release(&c.order);
    if (f && f != FAULT_ABSENT) return f;
    *out = verdict;
    return verdict.differences ? FAULT_TAMPERED : FAULT_NONE;
}
