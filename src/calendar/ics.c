/* ics.c - iCalendar lines: escaped, folded at 75 octets without cutting a character, ended by CR LF; times in UTC. */
#include "calendar/ics.h"

#include <stdio.h>
#include <string.h>

enum { FOLD_AT = 75, DAY_MINUTES = 24 * 60 };

/* Prints one content line, folded. */
static void line(struct text *out, const char *at) {
    size_t width = 0;
    while (*at) {
        size_t n = 1;
        while (((unsigned char)at[n] & 0xc0) == 0x80) n++;
        if (width + n > FOLD_AT) {
            text_add(out, "\r\n ");
            width = 1;
        }
        text_addn(out, at, n);
        at += n;
        width += n;
    }
    text_add(out, "\r\n");
}

/* NAME:VALUE with the value escaped as TEXT. */
static void text_line(struct text *out, const char *name, const char *value) {
    _cleanup_(text_release) struct text whole;
    text_init(&whole, 64 << 10);
    text_add(&whole, name);
    text_addc(&whole, ':');
    for (const char *c = value ? value : ""; *c; c++) {
        if (*c == '\n') text_add(&whole, "\\n");
        else if (strchr("\\;,", *c)) text_format(&whole, "\\%c", *c);
        else if ((unsigned char)*c >= 0x20 && *c != 0x7f) text_addc(&whole, *c);
    }
    line(out, whole.at);
}

static void moment(struct text *out, const char *name, int64_t utc_ms) {
    char text[MOMENT_TEXT];
    moment_format(utc_ms - INT64_C(60000) * CHINA_OFFSET_MINUTES, text); /* the printer adds the offset again */
    text_format(out, "%s:%.4s%.2s%.2sT%.2s%.2s%.2sZ\r\n", name, text, text + 5, text + 8, text + 11, text + 14, text + 17);
}

static void day_line(struct text *out, const char *name, civil_day d) {
    char text[CIVIL_TEXT];
    civil_format(d, text);
    text_format(out, "%s;VALUE=DATE:%.4s%.2s%.2s\r\n", name, text, text + 5, text + 8);
}

static int64_t moment_of(civil_day day, int minutes) {
    return ((int64_t)day * DAY_MINUTES + minutes - CHINA_OFFSET_MINUTES) * INT64_C(60000);
}

void ics_begin(struct text *out, const char *name) {
    text_add(out, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Taizhang//Taizhang//ZH\r\nCALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\n");
    text_line(out, "X-WR-CALNAME", name);
    text_add(out, "X-WR-TIMEZONE:Asia/Shanghai\r\nREFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n");
}

void ics_add(struct text *out, const struct ics_event *e, int64_t now_ms) {
    text_add(out, "BEGIN:VEVENT\r\n");
    text_line(out, "UID", e->uid);
    moment(out, "DTSTAMP", now_ms);
    if (e->timed) {
        moment(out, "DTSTART", moment_of(e->day, e->from));
        moment(out, "DTEND", moment_of(e->day, e->to));
    } else {
        day_line(out, "DTSTART", e->day);
        day_line(out, "DTEND", e->day + 1);
        text_add(out, "TRANSP:TRANSPARENT\r\n");
    }
    text_line(out, "SUMMARY", e->summary);
    if (e->description && e->description[0]) text_line(out, "DESCRIPTION", e->description);
    text_add(out, "END:VEVENT\r\n");
}

void ics_end(struct text *out) { text_add(out, "END:VCALENDAR\r\n"); }
