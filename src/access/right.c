/* right.c - whether an actor may: right patterns against rights, and the units that a grant reaches. */
#include "access/access.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* "*", "finding.*", or the right itself. A star anywhere else stands for itself, which no right contains. */
static bool pattern_covers(const char *pattern, size_t length, const char *right) {
    if (length == 1 && pattern[0] == '*') return true;
    if (length > 2 && pattern[length - 1] == '*' && pattern[length - 2] == '.')
        return !strncmp(pattern, right, length - 1) && right[length - 1];
    return !strncmp(pattern, right, length) && !right[length];
}

/* Rights are typed by people: the full-width blank U+3000 separates, too. */
static size_t gap_length(const char *at) {
    if (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r') return 1;
    return strncmp(at, "\xe3\x80\x80", 3) ? 0 : 3;
}

static bool grant_covers(const struct actor_grant *grant, const char *right) {
    assert(right && *right);
    for (const char *at = grant->rights; *at;) {
        size_t gap = gap_length(at);
        if (gap) {
            at += gap;
            continue;
        }
        const char *word = at;
        while (*at && !gap_length(at)) at++;
        if (pattern_covers(word, (size_t)(at - word), right)) return true;
    }
    return false;
}

struct actor actor_copy(const struct actor *from, struct arena *arena) {
    struct actor a = *from;
    a.name = arena_copy(arena, from->name);
    a.login = arena_copy(arena, from->login);
    struct actor_grant *grants = arena_array(arena, struct actor_grant, from->grant_count);
    for (size_t i = 0; i < from->grant_count; i++) {
        grants[i] = from->grants[i];
        grants[i].rights = arena_copy(arena, from->grants[i].rights);
        if (!from->grants[i].units) continue;
        struct id *units = arena_array(arena, struct id, from->grants[i].unit_count);
        if (from->grants[i].unit_count) memcpy(units, from->grants[i].units, from->grants[i].unit_count * sizeof *units);
        grants[i].units = units;
    }
    a.grants = grants;
    return a;
}

struct actor actor_with(const struct actor *actor, const char *rights, struct arena *arena) {
    struct actor a = *actor;
    struct actor_grant *grants = arena_array(arena, struct actor_grant, a.grant_count + 1);
    if (a.grant_count) memcpy(grants, a.grants, a.grant_count * sizeof *grants);
    grants[a.grant_count++] = (struct actor_grant){rights, NULL, 0};
    a.grants = grants;
    return a;
}

/* A right "REGISTER.inside" reaches only the unit that its holder works in, whatever his grants say (docs/why/0031). */
static bool stays_inside(const char *right) {
    static const char end[] = ".inside";
    size_t n = strlen(right);
    return n > sizeof end - 1 && !strcmp(right + n - (sizeof end - 1), end);
}

static bool grant_reaches(const struct actor_grant *grant, const struct id *unit) {
    if (!grant->units) return true;
    if (!unit || id_is_zero(unit)) return false;
    for (size_t i = 0; i < grant->unit_count; i++)
        if (id_same(&grant->units[i], unit)) return true;
    return false;
}

bool access_may_in(const struct actor *actor, const char *right, const struct id *unit) {
    if (actor->system) return true;
    if (stays_inside(right) && (!unit || id_is_zero(unit) || !id_same(unit, &actor->unit))) return false;
    for (size_t i = 0; i < actor->grant_count; i++)
        if (grant_reaches(&actor->grants[i], unit) && grant_covers(&actor->grants[i], right)) return true;
    return false;
}

bool access_may_everywhere(const struct actor *actor, const char *right) { return access_may_in(actor, right, NULL); }

bool access_may(const struct actor *actor, const char *right) {
    if (actor->system) return true;
    if (stays_inside(right)) return access_may_in(actor, right, &actor->unit);
    for (size_t i = 0; i < actor->grant_count; i++) {
        const struct actor_grant *grant = &actor->grants[i];
        if ((!grant->units || grant->unit_count) && grant_covers(grant, right)) return true;
    }
    return false;
}

static int compare_ids(const void *a, const void *b) { return memcmp(a, b, sizeof(struct id)); }

void access_units(const struct actor *actor, const char *right, struct arena *arena, bool *all, const struct id **units,
                  size_t *count) {
    size_t most = 0;
    bool every = actor->system;
    if (!every && stays_inside(right)) {
        struct id *own = arena_new(arena, struct id);
        *own = actor->unit;
        *all = false;
        *units = own;
        *count = access_may(actor, right) ? 1 : 0;
        return;
    }
    for (size_t i = 0; i < actor->grant_count && !every; i++) {
        if (!grant_covers(&actor->grants[i], right)) continue;
        every = !actor->grants[i].units;
        most += actor->grants[i].unit_count;
    }
    *all = every;
    *units = NULL;
    *count = 0;
    if (every || !most) return;
    struct id *list = arena_array(arena, struct id, most);
    size_t n = 0;
    for (size_t i = 0; i < actor->grant_count; i++) {
        const struct actor_grant *grant = &actor->grants[i];
        if (!grant->unit_count || !grant_covers(grant, right)) continue;
        memcpy(list + n, grant->units, grant->unit_count * sizeof *list);
        n += grant->unit_count;
    }
    qsort(list, n, sizeof *list, compare_ids);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (!kept || !id_same(&list[kept - 1], &list[i])) list[kept++] = list[i];
    *units = list;
    *count = kept;
}

struct actor actor_system(void) {
    return (struct actor){.name = "", .login = "", .lang = LANG_ZH, .system = true};
}
