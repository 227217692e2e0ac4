/* context.c - a small HTML tokeniser that refuses what our pages may not contain. */
#include "context.h"

#include <string.h>

static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f'; }
static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static bool is_name(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == ':' || c == '_'; }

static bool name_is(const char *name, const char *const list[]) {
    for (; *list; list++)
        if (!strcmp(name, *list)) return true;
    return false;
}

static enum html_attr_kind attr_kind(const char *name) {
    static const char *const urls[] = {"href", "src", "action", "formaction", "poster", "cite", "data", "ping", NULL};
    static const char *const forbidden[] = {"srcset", "srcdoc", "xlink:href", "background", "imagesrcset", NULL};
    if (name_is(name, urls)) return ATTR_URL;
    return name_is(name, forbidden) ? ATTR_FORBIDDEN : ATTR_PLAIN;
}

static bool name_push(char *name, size_t *length, char c) {
    if (*length + 1 >= 24) return false;
    name[(*length)++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    name[*length] = 0;
    return true;
}

static const char *tag_end(struct html_place *h) {
    static const char *const kept[] = {"pre", "textarea", NULL};
    h->state = HTML_TEXT;
    if (!strcmp(h->tag, "style")) return "<style> is not allowed: rules belong in the style sheet";
    if (name_is(h->tag, kept)) h->keep = !h->closing;
    if (!strcmp(h->tag, "script") && !h->closing) h->state = HTML_EMPTY;
    return NULL;
}

static const char *attr_begin(struct html_place *h, char c) {
    h->state = HTML_ATTR_NAME;
    h->attr_length = 0;
    return name_push(h->attr, &h->attr_length, c) ? NULL : "attribute name too long";
}

static const char *attr_check(const struct html_place *h) {
    if (!strncmp(h->attr, "on", 2)) return "event attributes are not allowed";
    if (!strcmp(h->attr, "style")) return "style attributes are not allowed: rules belong in the style sheet";
    return NULL;
}

/* Between attributes, and where a name may end. */
static const char *step_in_tag(struct html_place *h, char c) {
    if (c == '>') return tag_end(h);
    if (is_space(c) || c == '/') {
        h->state = HTML_IN_TAG;
        h->glued = false;
        return NULL;
    }
    if (h->glued) return "after a section inside a tag a space must follow";
    if (!is_name(c)) return "not a character for a tag";
    return attr_begin(h, c);
}

static const char *step_attr(struct html_place *h, char c) {
    if (h->state == HTML_ATTR_NAME && is_name(c))
        return name_push(h->attr, &h->attr_length, c) ? NULL : "attribute name too long";
    const char *wrong = attr_check(h);
    if (wrong) return wrong;
    if (c == '=') {
        h->state = HTML_BEFORE_VALUE;
        return NULL;
    }
    if (is_space(c)) {
        h->state = HTML_AFTER_NAME;
        return NULL;
    }
    h->state = HTML_IN_TAG;
    return step_in_tag(h, c);
}

static const char *step_value(struct html_place *h, char c) {
    if (h->state == HTML_BEFORE_VALUE) {
        if (c != '"' && c != '\'') return "attribute values must be quoted";
        h->state = HTML_VALUE;
        h->quote = c;
        h->kind = attr_kind(h->attr);
        h->url = URL_START;
        return NULL;
    }
    if (c == h->quote) {
        h->state = HTML_IN_TAG;
        h->glued = true;
    } else {
        h->url = URL_INSIDE;
    }
    return NULL;
}

static const char *step_open(struct html_place *h, char c) {
    if (h->state == HTML_OPEN) {
        h->tag_length = 0;
        h->tag[0] = 0;
        h->glued = false;
        if (c == '/' && !h->closing) {
            h->closing = true;
            return NULL;
        }
        if (c == '!') {
            h->state = HTML_DECLARATION;
            return NULL;
        }
        if (!is_letter(c)) return "a < that begins no tag: write &lt;";
        h->state = HTML_TAG_NAME;
    }
    if (is_name(c)) return name_push(h->tag, &h->tag_length, c) ? NULL : "tag name too long";
    h->state = HTML_IN_TAG;
    return step_in_tag(h, c);
}

const char *html_step(struct html_place *h, char c) {
    switch (h->state) {
    case HTML_EMPTY:
        if (is_space(c)) return NULL;
        if (c != '<') return "inline scripts are not allowed";
        /* fall through */
    case HTML_TEXT:
        if (c == '<') {
            h->state = HTML_OPEN;
            h->closing = false;
        }
        return NULL;
    case HTML_OPEN:
    case HTML_TAG_NAME: return step_open(h, c);
    case HTML_IN_TAG: return step_in_tag(h, c);
    case HTML_ATTR_NAME:
    case HTML_AFTER_NAME:
        if (h->state == HTML_AFTER_NAME && is_space(c)) return NULL;
        if (h->state == HTML_AFTER_NAME && is_name(c)) {
            const char *wrong = attr_check(h);
            return wrong ? wrong : attr_begin(h, c);
        }
        return step_attr(h, c);
    case HTML_BEFORE_VALUE:
    case HTML_VALUE: return step_value(h, c);
    case HTML_DECLARATION:
        if (c == '-') return "HTML comments are not allowed: write {{! … }}";
        if (c == '>') h->state = HTML_TEXT;
        return NULL;
    }
    return "unknown state";
}

const char *html_edge(struct html_place *h) {
    switch (h->state) {
    case HTML_TEXT:
    case HTML_VALUE: return NULL;
    case HTML_TAG_NAME:
    case HTML_ATTR_NAME:
    case HTML_AFTER_NAME:
        if (h->state != HTML_TAG_NAME && attr_check(h)) return attr_check(h);
        h->glued = h->state != HTML_AFTER_NAME;
        h->state = HTML_IN_TAG;
        return NULL;
    case HTML_IN_TAG: return NULL;
    default: return "a section may not begin or end here";
    }
}

bool html_join(struct html_place *a, const struct html_place *b) {
    if (a->state != b->state || a->keep != b->keep) return false;
    if (a->state == HTML_VALUE) {
        if (a->quote != b->quote || strcmp(a->attr, b->attr) != 0) return false;
        if (a->url != b->url) a->url = URL_UNSURE;
    }
    if (a->state == HTML_IN_TAG) {
        if (strcmp(a->tag, b->tag) != 0) return false;
        a->glued |= b->glued;
    }
    return true;
}
